using System.Net;
using Akka.Configuration;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Nodes;
using Mailroom.Pools;

namespace Mailroom.Settings;

/// <summary>All settings, read once and checked. hocon/mailroom.conf says what each means.</summary>
public sealed record MailroomSettings(
    int ThreadWorkers,
    int AsyncWorkers,
    int AsyncInFlight,
    int Nodes,
    int NodeWorkers,
    int BatchesAhead,
    TimeSpan Heartbeat,
    TimeSpan Lease,
    TimeSpan JoinEvery,
    TimeSpan StartTimeout,
    TimeSpan MinBackoff,
    TimeSpan MaxBackoff,
    int MaxRestarts,
    TimeSpan RestartWindow,
    TimeSpan StopTimeout,
    TimeSpan BatchTime,
    int BatchPieces,
    int MaxCrashes,
    TimeSpan Grace,
    int Attempts,
    TimeSpan FirstDelay,
    TimeSpan MaxDelay,
    int Remembered,
    int Kept,
    string RemoteHost,
    int RemotePort,
    bool Tls,
    int MaxFrame,
    int MaxPayload,
    int MaxResult,
    bool ProgramsAllowed,
    IReadOnlyList<string> SecretVariables,
    Severity LogLevel,
    long LogFileSize,
    int LogFilesPerProcess,
    int LogFiles,
    TimeSpan DrainTimeout,
    Config Config
)
{
    /// <summary>Reads the layers, the first being mailroom.conf itself, which has every key.</summary>
    /// <exception cref="UserError">exit code 78: what is wrong, in which file and line, and what is allowed</exception>
    public static MailroomSettings Read(IReadOnlyList<SettingsLayer> layers)
    {
        var parsed = layers.Select(layer => (layer, config: SettingsCheck.Parse(layer))).ToList();
        var known = SettingsCheck.Keys(parsed[0].config).Concat(SettingsReader.OldKeys).ToHashSet(StringComparer.Ordinal);
        foreach (var (layer, config) in parsed)
            SettingsCheck.CheckKeys(layer, config, known);
        var whole = parsed
            .Skip(1)
            .Aggregate(parsed[0].config, (below, above) => above.config.IsEmpty ? below : above.config.WithFallback(below));
        return Read(new SettingsReader(whole, parsed));
    }

    private static MailroomSettings Read(SettingsReader read)
    {
        var settings = new MailroomSettings(
            ThreadWorkers: read.CoresIfZero("mailroom.threads.workers", 256),
            AsyncWorkers: read.Count("mailroom.async.workers", 1, 64),
            AsyncInFlight: read.Count("mailroom.async.in-flight", 2, 100_000),
            Nodes: read.CoresIfZero("mailroom.nodes.count", 256),
            NodeWorkers: read.Count("mailroom.nodes.workers", 1, 256),
            BatchesAhead: read.Count("mailroom.nodes.batches-ahead", 1, 100),
            Heartbeat: read.Duration("mailroom.nodes.heartbeat", 0.05, 60),
            Lease: read.Duration("mailroom.nodes.lease", 0.5, 3600),
            JoinEvery: read.Duration("mailroom.nodes.join-every", 0.05, 60),
            StartTimeout: read.Duration("mailroom.nodes.start-timeout", 1, 3600),
            MinBackoff: read.Duration("mailroom.nodes.min-backoff", 0.01, 3600),
            MaxBackoff: read.Duration("mailroom.nodes.max-backoff", 0.01, 86400),
            MaxRestarts: read.Count("mailroom.nodes.max-restarts", 0, 1_000_000),
            RestartWindow: read.Duration("mailroom.nodes.restart-window", 1, 86400),
            StopTimeout: read.Duration("mailroom.nodes.stop-timeout", 0.1, 3600),
            BatchTime: read.Duration("mailroom.pool.batch-time", 0.0001, 60),
            BatchPieces: read.Count("mailroom.pool.batch-pieces", 1, 16_384),
            MaxCrashes: read.Count("mailroom.pool.max-crashes", 1, 100),
            Grace: read.Duration("mailroom.pool.grace", 0.01, 3600),
            Attempts: read.Count(read.OldOr("mailroom.jobs.attempts"), 1, 100),
            FirstDelay: read.Duration("mailroom.jobs.first-delay", 0, 3600),
            MaxDelay: read.Duration("mailroom.jobs.max-delay", 0, 86400),
            Remembered: read.Count("mailroom.jobs.remembered", 1, 100_000),
            Kept: read.Count("mailroom.jobs.kept", 1, 100_000_000),
            RemoteHost: read.Text("mailroom.remote.host"),
            RemotePort: read.Count("mailroom.remote.port", 0, 65_535),
            Tls: read.Flag("mailroom.remote.tls"),
            MaxFrame: read.Size("mailroom.wire.max-frame", 2 * 1024 * 1024, 256 * 1024 * 1024),
            MaxPayload: read.Size("mailroom.wire.max-payload", 1024, 128 * 1024 * 1024),
            MaxResult: read.Size("mailroom.wire.max-result", 1024, 512 * 1024 * 1024),
            ProgramsAllowed: read.Flag("mailroom.programs.allowed"),
            SecretVariables: read.Words("mailroom.secrets.environment"),
            LogLevel: read.Word<Severity>("mailroom.logs.level"),
            LogFileSize: read.Size("mailroom.logs.file-size", 64 * 1024, 1024 * 1024 * 1024),
            LogFilesPerProcess: read.Count("mailroom.logs.files-per-process", 1, 1000),
            LogFiles: read.Count("mailroom.logs.files", 1, 10_000),
            DrainTimeout: read.Duration("mailroom.drain-timeout", 0, 86400),
            Config: read.Whole
        );
        if (settings.RemoteHost is not ("127.0.0.1" or "localhost" or "::1"))
            throw read.Wrong(
                "mailroom.remote.host",
                $"is '{Visible.Text(settings.RemoteHost)}', but nodes join on this machine only: 127.0.0.1, ::1 or localhost"
            );
        if (settings.MaxPayload > settings.MaxFrame / 2)
            throw read.Wrong(
                "mailroom.wire.max-payload",
                "is more than half of mailroom.wire.max-frame, and a batch would not fit in a frame"
            );
        if (settings.Heartbeat * 2 > settings.Lease)
            throw read.Wrong(
                "mailroom.nodes.lease",
                "is shorter than two heartbeats (mailroom.nodes.heartbeat), and nodes would be lost for nothing"
            );
        return settings;
    }

    /// <summary>Where a host listens for nodes.</summary>
    /// <param name="port">0 takes a free one</param>
    public IPEndPoint EndPoint(int port) => new(RemoteHost == "::1" ? IPAddress.IPv6Loopback : IPAddress.Loopback, port);

    public LogSettings Logs(string directory, string node) => new(directory, node, LogLevel, LogFileSize, LogFilesPerProcess, LogFiles);

    public Gate.Settings Gate(string version) =>
        new(
            version,
            Nodes,
            Heartbeat,
            Lease,
            StartTimeout,
            MinBackoff,
            MaxBackoff,
            MaxRestarts,
            RestartWindow,
            StopTimeout,
            MaxPayload,
            MaxResult
        );

    public Pool.Settings Pool(Kinds.Technique technique) =>
        new(
            technique,
            BatchTime,
            BatchPieces,
            technique == Kinds.Technique.Processes ? BatchesAhead : 1,
            technique == Kinds.Technique.Processes ? MaxPayload : null
        );

    /// <param name="width">pieces at once: 1 means a dedicated thread, more means async</param>
    public Worker.Settings HostWorker(int width) =>
        new("host", width, new Worker.Limits(null, MaxResult), BatchTime, ProgramsAllowed, Grace, Worker.LastRung.LeaveThread);
}
