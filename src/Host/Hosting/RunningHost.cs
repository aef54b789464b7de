using System.Net;
using System.Reflection;
using Akka.Actor;
using Mailroom.BuiltIn.Programs;
using Mailroom.Door;
using Mailroom.Files;
using Mailroom.Host.Control;
using Mailroom.Host.Joining;
using Mailroom.Host.Launch;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Journal;
using Mailroom.Journal.Memory;
using Mailroom.Journal.Sqlite;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Members;
using Mailroom.Nodes;
using Mailroom.Settings;
using Microsoft.AspNetCore.Builder;

namespace Mailroom.Host.Hosting;

/// <summary>What a host is started with.</summary>
/// <param name="Port">where nodes join; 0 takes a free port</param>
/// <param name="Resumes">whether it goes on with what an earlier host left unfinished</param>
/// <param name="IsEphemeral">the journal is in memory</param>
internal sealed record HostOptions(
    StateFolder State,
    MailroomSettings Settings,
    int Port,
    Catalogue Catalogue,
    IReadOnlyList<string> Hocon,
    IReadOnlyList<string> Sets,
    IReadOnlyList<string> Kinds,
    bool Resumes = false,
    bool IsEphemeral = false
);

/// <summary>A host in this process, from its lock to its last log line.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan InputsKept = TimeSpan.FromDays(30);
    private static readonly TimeSpan ServesAfter = TimeSpan.FromMilliseconds(300);

    private readonly StateLock _lock;
    private readonly LogFile _log;
    private readonly IJournalStore _journal;
    private readonly ActorSystem _system;
    private readonly HostAuthority? _authority; // made when the first node is started; null where there are no certificates
    private readonly HostRoot.Desks _desks;
    private readonly HostOptions _options;
    private readonly JoinServer _joining;
    private readonly CancellationTokenSource _closing = new();
    private Task<WebApplication>? _control;

    private RunningHost(
        StateLock stateLock,
        LogFile log,
        IJournalStore journal,
        ActorSystem system,
        HostAuthority? authority,
        HostRoot.Desks desks,
        JoinServer joining,
        HostOptions options
    )
    {
        (_lock, _log, _journal, _system, _authority, _desks, _options) = (stateLock, log, journal, system, authority, desks, options);
        _joining = joining;
        Mailroom = new LocalMailroom(system, desks, options.Catalogue, new LogStore(options.State.Logs, TimeProvider.System), ShownVersion);
        Address = DoorSetup.Of(system)!.Bound!;
    }

    /// <summary>The version that host and nodes must share.</summary>
    public static string Version { get; } =
        typeof(HostRoot).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The same as people read it, without the mark of its sources.</summary>
    public static string ShownVersion { get; } = Version.Split('+')[0];

    public IMailroom Mailroom { get; }

    /// <summary>How long it may take to end in order.</summary>
    public TimeSpan EndsWithin =>
        _options.Settings.DrainTimeout
        + _options.Settings.Nodes.StopTimeout
        + _options.Settings.Nodes.StopTimeout
        + _options.Settings.Pool.Grace;

    /// <summary>Whether host and nodes show each other certificates.</summary>
    public bool HasDoor => _authority is not null;

    /// <summary>Where nodes join.</summary>
    public IPEndPoint Address { get; }

    /// <exception cref="UserError">another host has the state folder, the port is in use, the journal can't be used</exception>
    public static async Task<RunningHost> StartAsync(HostOptions options)
    {
        Prepare(options);
        var stateLock = StateLock.Take(options.State);
        LogFile? log = null;
        IJournalStore? journal = null;
        ActorSystem? system = null;
        var authority = options.Settings.Remote.Tls ? new HostAuthority(options.State.Path, TimeProvider.System) : null;
        var revoked = new Revocations();
        try
        {
            log = LogFile.Open(options.Settings.OfLogs(options.State.Logs, "host"), TimeProvider.System.GetUtcNow());
            var members = Membership.Open(options.State.Path, revoked);
            var opening = Task.Run(() => Journal(options));
            try
            {
                system = ActorSystems.Create(options.Settings, DoorOf(options, authority, revoked), log);
            }
            finally
            {
                journal = await opening;
            }
            if (!options.IsEphemeral)
                CleanOutputs(options.State, journal.AnswerFiles());
            var port = DoorSetup.Of(system)!.Bound!.Port;
            var joining = new JoinServer(options.Settings.Remote, authority, port, TimeProvider.System);
            var parts = new Membership.Parts(authority, revoked, joining, members, options.Settings.Remote.MemberLife);
            var desks = await DesksAsync(system, journal, authority, parts, options);
            return new RunningHost(stateLock, log, journal, system, authority, desks, joining, options);
        }
        catch
        {
            await EndAsync(system, journal, log, stateLock);
            throw;
        }
    }

    private static IJournalStore Journal(HostOptions options) =>
        options.IsEphemeral ? new MemoryJournal(new MemoryJobs()) : SqliteJournal.Open(options.State.Journal);

    private static void Prepare(HostOptions options)
    {
        options.State.Create();
        SecretVariables.Hide(options.Settings.Secrets.Environment);
        Scratch.Folder = options.State.Outputs;
        PoolWatch.Start();
        PieceConsole.Install();
        CleanInputs(options.State, TimeProvider.System.GetUtcNow());
    }

    private static DoorSettings DoorOf(HostOptions options, HostAuthority? authority, Revocations revoked)
    {
        return new(
            Role.Host,
            Doors.HostSystem,
            authority is null ? null : () => authority.Identity,
            [options.Settings.EndPoint(options.Port)],
            options.Settings.Wire.MaxFrame
        )
        {
            Revoked = revoked,
        };
    }

    /// <summary>Starts the actors.</summary>
    private static Task<HostRoot.Desks> DesksAsync(
        ActorSystem system,
        IJournalStore journal,
        HostAuthority? authority,
        Membership.Parts members,
        HostOptions options
    )
    {
        // What the host's settings allow its own nodes may do too; those who started them are the same.
        string[] sets = [$"mailroom.programs.allowed={(options.Settings.Programs.Allowed ? "on" : "off")}", .. options.Sets];
        var parts = new HostRoot.Parts(
            options.Settings,
            options.Catalogue,
            journal,
            HostRoot.Read(journal, options.Settings, options.Resumes),
            options.Resumes,
            options.Settings.OfGate(Version) with
            {
                Logs = options.State.Logs,
            },
            new NodeLauncher(DoorSetup.Of(system)!.Near!, authority, options.State, options.Hocon, sets, options.Kinds),
            members,
            TimeProvider.System
        );
        return system.ActorOf(HostRoot.Props(parts), "mailroom").Ask<HostRoot.Desks>(new HostRoot.Ask(), AnswerTimeout);
    }

    private static async Task EndAsync(ActorSystem? system, IJournalStore? journal, LogFile? log, StateLock stateLock)
    {
        if (system is not null)
            await system.Terminate();
        journal?.Dispose();
        log?.Dispose();
        stateLock.Dispose();
    }

    // What was piped into a job so long ago that none wants it any more.
    private static void CleanInputs(StateFolder state, DateTimeOffset now)
    {
        foreach (var file in new DirectoryInfo(state.Inputs).EnumerateFiles().Where(file => now - file.LastWriteTimeUtc > InputsKept))
            file.Delete();
    }

    // What an earlier host has left behind in the middle, or the journal has forgotten.
    private static void CleanOutputs(StateFolder state, IReadOnlySet<string> wanted)
    {
        foreach (var file in Directory.EnumerateFiles(state.Outputs).Where(file => !wanted.Contains(file)))
            File.Delete(file);
    }

    /// <summary>
    /// Opens the control endpoint for others, after a while and without waiting for it: most jobs that a command brings a host for have
    /// ended before a web server is up.
    /// </summary>
    public void ServeSoon() =>
        _control = Task.Run(async () =>
        {
            await Task.Delay(ServesAfter, _closing.Token);
            return await ControlServer.StartAsync(_options.State, Mailroom);
        });

    /// <summary>Starts the host's own nodes and the control endpoint, for a host that stays.</summary>
    public async Task OpenAsync()
    {
        _ = _authority?.Value; // from now on nodes may be started by hand, and sign by it
        _desks.Nodes.Tell(new Gate.Start(null));
        _desks.Members.Tell(new Membership.Serve());
        File.WriteAllLines(_options.State.Kinds, _options.Kinds);
        _control = ControlServer.StartAsync(_options.State, Mailroom);
        await _control;
    }

    /// <summary>Takes no new jobs and waits for those that run, at most as long as given.</summary>
    /// <param name="suspend">wait for the pieces only that run; the next host goes on with the jobs</param>
    /// <returns>false when some still run</returns>
    public async Task<bool> DrainAsync(TimeSpan atMost, bool suspend, CancellationToken cancellation)
    {
        var drained = _desks.Jobs.Ask<JobDesk.Drained>(new JobDesk.Drain(suspend), Timeout.InfiniteTimeSpan, cancellation);
        return await Task.WhenAny(drained, Task.Delay(atMost, cancellation)) == drained && drained.IsCompletedSuccessfully;
    }

    public Task<bool> DrainAsync(CancellationToken cancellation) =>
        DrainAsync(_options.Settings.DrainTimeout, suspend: !_options.IsEphemeral, cancellation);

    public async ValueTask DisposeAsync()
    {
        await CloseControlAsync();
        await _joining.CloseAsync();
        await (
            (Task)_desks.Journal.Ask<JournalWriter.Closed>(new JournalWriter.Close(), _options.Settings.Nodes.StopTimeout)
        ).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // On a busy machine that may take longer; nodes without a host end by themselves.
        await (
            (Task)_desks.Nodes.Ask<Gate.Stopped>(new Gate.Stop(), _options.Settings.Nodes.StopTimeout + TimeSpan.FromSeconds(2))
        ).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // A piece that looks at no token may hold its thread for ever, and the thread its actor.
        await _system.Terminate().WaitAsync(_options.Settings.Pool.Grace).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndAsync(null, _journal, _log, _lock);
        _closing.Dispose();
    }

    /// <summary>Lets the answers that are on their way arrive; a server that never came up has none.</summary>
    private async Task CloseControlAsync()
    {
        await _closing.CancelAsync();
        if (_control is null)
            return;
        await ((Task)_control).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_control.IsCompletedSuccessfully)
            return;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var server = await _control;
        await server.StopAsync(patience.Token);
        await server.DisposeAsync();
    }
}
