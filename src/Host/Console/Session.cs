using System.Collections.Concurrent;
using Mailroom.Host.Control;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Settings;

namespace Mailroom.Host.Console;

/// <summary>The options that every command takes.</summary>
internal sealed record CommonOptions(bool Json, string? State, IReadOnlyList<string> Hocon, IReadOnlyList<string> Sets, bool Debug);

/// <summary>
/// What a command works with: the terminal and a host. The host is the one that runs on the state folder, here or in
/// another process; where none runs, one is started here for as long as the command needs it.
/// </summary>
internal sealed class Session(Terminal terminal, CommonOptions options) : IAsyncDisposable
{
    private static readonly TimeSpan StartGrace = TimeSpan.FromSeconds(5);

    private RemoteMailroom? _remote;

    public Terminal Terminal => terminal;

    public CommonOptions Options { get; private set; } = options;

    public StateFolder State { get; } = StateFolder.At(options.State);

    /// <summary>The host in this process, if there is one.</summary>
    public RunningHost? Host { get; private set; }

    /// <summary>True in the prompt of a terminal, where jobs run in the background.</summary>
    public bool IsPrompt { get; set; }

    /// <summary>Jobs that a command of the prompt has followed to their end, and so need no announcement.</summary>
    public ConcurrentDictionary<int, bool> Followed { get; } = [];

    public IMailroom Mailroom => (IMailroom?)_remote ?? Host?.Mailroom ?? throw new InvalidOperationException("the session has no host yet");

    /// <summary>True when the session's host lives only as long as its command.</summary>
    public bool HostIsOurs { get; private set; }

    public LogStore Logs => new(State.Logs, TimeProvider.System);

    /// <summary>Finds the host, or starts one for this command alone.</summary>
    /// <param name="adjust">what the command wants to be different in a host of its own</param>
    public async Task<IMailroom> ConnectAsync(CancellationToken cancellation, Func<MailroomSettings, MailroomSettings>? adjust = null)
    {
        if (_remote is not null || Host is not null)
            return Mailroom;
        _remote = await RemoteMailroom.FindAsync(State, cancellation);
        if (_remote is not null)
            return _remote;
        var settings = ReadSettings();
        try
        {
            Host = await RunningHost.StartAsync(HostOptionsOf(adjust is null ? settings : adjust(settings), port: 0));
            HostIsOurs = true;
            return Host.Mailroom;
        }
        catch (UserError) when (File.Exists(State.Pid))
        {
            // Somebody was quicker: his control endpoint will be there in a moment.
            _remote = await WaitForOtherAsync(cancellation);
            if (_remote is null)
                throw;
            return _remote;
        }
    }

    /// <summary>The same session for one line of its prompt, which may want JSON.</summary>
    public Session With(bool json)
    {
        Options = Options with { Json = json };
        return this;
    }

    /// <summary>Starts the host that others will talk to.</summary>
    public async Task<RunningHost> StartHostAsync(Func<MailroomSettings, MailroomSettings> adjust)
    {
        var settings = adjust(ReadSettings());
        Host = await RunningHost.StartAsync(HostOptionsOf(settings, settings.RemotePort));
        await Host.OpenAsync();
        return Host;
    }

    public async ValueTask DisposeAsync()
    {
        _remote?.Dispose();
        if (Host is not null)
            await Host.DisposeAsync();
    }

    private MailroomSettings ReadSettings() => SettingsFiles.Load("host.conf", Options.Hocon, Options.Sets);

    private HostOptions HostOptionsOf(MailroomSettings settings, int port) => new(State, settings, port, Options.Hocon, Options.Sets);

    private async Task<RemoteMailroom?> WaitForOtherAsync(CancellationToken cancellation)
    {
        var until = TimeProvider.System.GetTimestamp();
        RemoteMailroom? found = null;
        while (found is null && TimeProvider.System.GetElapsedTime(until) < StartGrace && File.Exists(State.Pid))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation);
            found = await RemoteMailroom.FindAsync(State, cancellation);
        }
        return found;
    }
}
