using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Host.Control;
using Mailroom.Host.Hosting;
using Mailroom.Host.Launch;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Settings;

namespace Mailroom.Host.Console;

/// <summary>
/// What a command works with: the terminal and a host. The host is the one that runs on the state folder, here or in
/// another process; where none runs, one is started here for as long as the command needs it.
/// </summary>
internal sealed class Session(Terminal terminal, CommonOptions options, Catalogue catalogue) : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly bool _json = options.Json;
    private RemoteMailroom? _remote;
    private MailroomSettings? _settings;
    private bool _hasToldOfSettings;

    public Terminal Terminal => terminal;

    public CommonOptions Options { get; private set; } = options;

    public StateFolder State { get; } = StateFolder.At(options.State);

    /// <summary>The host in this process, if there is one.</summary>
    public RunningHost? Host { get; private set; }

    /// <summary>True in the prompt of a terminal, where jobs run in the background.</summary>
    public bool IsPrompt { get; set; }

    /// <summary>True where stdin is the script that is being run, and so can't be a job's input.</summary>
    public bool IsScript { get; set; }

    /// <summary>Jobs that a command of the prompt has followed to their end, and so need no announcement.</summary>
    public ConcurrentDictionary<int, bool> Followed { get; } = [];

    public IMailroom Mailroom =>
        (IMailroom?)_remote ?? Host?.Mailroom ?? throw new InvalidOperationException("the session has no host yet");

    /// <summary>True when the session's host lives only as long as its command.</summary>
    public bool HostIsOurs { get; private set; }

    /// <summary>How long a command may take that is only still ending.</summary>
    public static TimeSpan EndsAtOnce { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How long it may take to end, once it was told to.</summary>
    public TimeSpan EndsWithin => Host is { } host ? host.EndsWithin + EndsAtOnce : EndsAtOnce;

    public LogStore Logs => new(State.Logs, TimeProvider.System);

    /// <summary>Settings are checked whether or not somebody wants them: a host that runs already keeps its own.</summary>
    /// <exception cref="UserError">something is wrong with them</exception>
    public void CheckSettings()
    {
        if (GivesSettings)
            ReadSettings();
    }

    private bool GivesSettings => Options.Hocon.Count + Options.Sets.Count > 0;

    /// <summary>Prints a document of the <see cref="Contract"/>, on a line.</summary>
    public void Json<T>(T document) => terminal.Data(Visible.Json(Contract.Text(document)));

    /// <summary>
    /// Finds the host, or starts one for this command alone. A host that others may talk to has a control endpoint; one that only reads has
    /// none.
    /// </summary>
    public Task<IMailroom> ConnectAsync(CancellationToken cancellation) => ConnectAsync(null, serves: false, cancellation);

    /// <summary>Whether a host runs on the state folder already; from then on it is this session's.</summary>
    public async Task<bool> FindAsync(CancellationToken cancellation) => await FindRemoteAsync(cancellation) is not null;

    /// <summary>Sends a job to the host, or starts one for it.</summary>
    /// <param name="adjust">what the job wants to be different in a host of its own</param>
    public async Task<int> SendAsync(JobRequest request, Func<MailroomSettings, MailroomSettings> adjust, CancellationToken cancellation)
    {
        request = request with { Id = Guid.NewGuid().ToString("n") };
        for (var patience = new HostPatience(State); ; await Task.Delay(LookEvery, cancellation))
        {
            var mailroom = await ConnectAsync(adjust, serves: true, cancellation);
            try
            {
                // Not to be interrupted: a job that is accepted without anybody knowing its number would be a surprise for the next host.
                return await mailroom.SendAsync(request, CancellationToken.None);
            }
            catch (UserError error)
                when ((error.IsPassing || error.ExitCode == ExitCode.Unreachable) && _remote is not null && patience.Lasts)
            {
                // That host is just going, perhaps with the job: the next one, perhaps our own, knows it by its id or takes it.
                Forget();
            }
            catch (UserError error) when (error.ExitCode == ExitCode.NotFound && _remote is not null && Options.Kinds.Count > 0)
            {
                throw new UserError(
                    $"{error.Message}; the host that runs here was started without that --kinds: stop it, and start it with it",
                    error.ExitCode,
                    error
                );
            }
        }
    }

    /// <summary>The job, from whatever host there is now, should the one that ran it have gone.</summary>
    public async Task<JobDetail> FindAgainAsync(int job, CancellationToken cancellation)
    {
        Forget();
        return await (await ConnectAsync(null, serves: false, cancellation)).JobAsync(job, cancellation);
    }

    private async Task<RemoteMailroom?> FindRemoteAsync(CancellationToken cancellation)
    {
        _remote = await RemoteMailroom.FindAsync(State, cancellation);
        if (_remote is not null && GivesSettings && !_hasToldOfSettings)
        {
            _hasToldOfSettings = true;
            terminal.Notice("a host runs here already and keeps its own settings; --set and --hocon count where one starts");
        }
        return _remote;
    }

    private void Forget()
    {
        _remote?.Dispose();
        _remote = null;
    }

    /// <summary>The same session for one line of its prompt, which may want JSON; all do when the prompt was started so.</summary>
    public Session With(bool json)
    {
        Options = Options with { Json = json || _json };
        terminal.ErrorsAreJson = Options.Json;
        return this;
    }

    /// <summary>Starts the host that others will talk to.</summary>
    public async Task<RunningHost> StartHostAsync(Func<MailroomSettings, MailroomSettings> adjust, bool ephemeral)
    {
        var settings = adjust(ReadSettings());
        Host = await RunningHost.StartAsync(HostOptionsOf(settings, PortOf(settings)) with { Resumes = true, IsEphemeral = ephemeral });
        await Host.OpenAsync();
        return Host;
    }

    /// <summary>The port of the settings, or a free one if that is taken and nobody has asked for it.</summary>
    private int PortOf(MailroomSettings settings)
    {
        var port = settings.Remote.Port;
        if (
            port == 0
            || !IsTaken(settings.EndPoint(port))
            || SettingsFiles.Says("host.conf", Options.Hocon, Options.Sets, "mailroom.remote.port")
        )
            return port;
        terminal.Notice($"port {port} is taken, so nodes join at a free one; --set mailroom.remote.port=PORT chooses one");
        return 0;
    }

    private static bool IsTaken(IPEndPoint point)
    {
        try
        {
            using var socket = new TcpListener(point);
            socket.Start();
            return false;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _remote?.Dispose();
        if (Host is not null)
            await Host.DisposeAsync();
    }

    public MailroomSettings ReadSettings() => _settings ??= SettingsFiles.Load("host.conf", Options.Hocon, Options.Sets);

    private HostOptions HostOptionsOf(MailroomSettings settings, int port) =>
        new(State, settings, port, catalogue, Options.Hocon, Options.Sets, [.. Options.Kinds.Select(Disk.Full)]);

    private async Task<IMailroom> ConnectAsync(
        Func<MailroomSettings, MailroomSettings>? adjust,
        bool serves,
        CancellationToken cancellation
    )
    {
        if (_remote is not null || Host is not null)
            return Mailroom;
        for (var patience = new HostPatience(State); ; await Task.Delay(LookEvery, cancellation))
        {
            if (await FindRemoteAsync(cancellation) is { } found)
                return found;
            var settings = ReadSettings();
            try
            {
                Host = await RunningHost.StartAsync(HostOptionsOf(adjust is null ? settings : adjust(settings), port: 0));
                HostIsOurs = true;
                if (serves)
                    Host.ServeSoon();
                return Host.Mailroom;
            }
            catch (UserError error) when (error.IsPassing && patience.Lasts)
            {
                // Somebody else has the state folder: a host that is starting and will listen, or a command that will soon be done.
            }
        }
    }
}
