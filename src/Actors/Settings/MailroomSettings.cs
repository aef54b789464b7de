using System.Net;
using Akka.Configuration;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Logs;
using Mailroom.Nodes;
using Mailroom.Pools;

namespace Mailroom.Settings;

/// <summary>All settings, read once and checked. hocon/mailroom.conf says what each means.</summary>
public sealed record MailroomSettings(
    ThreadsSection Threads,
    AsyncSection Async,
    NodesSection Nodes,
    PoolSection Pool,
    JobsSection Jobs,
    RemoteSection Remote,
    WireSection Wire,
    ProgramsSection Programs,
    SecretsSection Secrets,
    LogsSection Logs,
    [From(0, 86400)] TimeSpan DrainTimeout,
    Config Config
)
{
    private const long LeastMemory = 256 * 1024 * 1024;

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
        var settings = read.Section<MailroomSettings>("mailroom");
        if (settings.Remote.Listens is null)
            throw read.Wrong(
                read.Called("mailroom.remote.address", "mailroom.remote.host"),
                $"is '{Visible.Text(settings.Remote.Address)}', but it takes an address of this machine, such as 192.168.1.5, 0.0.0.0 "
                    + "or :: for all that it has, or 127.0.0.1 for nodes of this machine only"
            );
        if (!settings.Remote.Tls && !settings.Remote.IsLoopback)
            throw read.Wrong("mailroom.remote.tls", "is off, which it may be only where mailroom.remote.address is loopback");
        if (settings.Remote.Advertise.FirstOrDefault(host => Doors.EndPointOf($"{host}:1") is null) is { } wrong)
            throw read.Wrong(
                "mailroom.remote.advertise",
                $"has '{Visible.Text(wrong)}', but it takes names or addresses without a port, such as host.example; IPv6 in brackets"
            );
        if (settings.Wire.MaxPayload > settings.Wire.MaxFrame / 2)
            throw read.Wrong(
                "mailroom.wire.max-payload",
                "is more than half of mailroom.wire.max-frame, and a batch would not fit in a frame"
            );
        if (settings.Nodes.Heartbeat * 2 > settings.Nodes.Lease)
            throw read.Wrong(
                "mailroom.nodes.lease",
                "is shorter than two heartbeats (mailroom.nodes.heartbeat), and nodes would be lost for nothing"
            );
        if (settings.Nodes.Labels.Count > Gate.MaxLabels)
            throw read.Wrong("mailroom.nodes.labels", $"has {settings.Nodes.Labels.Count} labels, but it takes at most {Gate.MaxLabels}");
        if (settings.Nodes.Labels.FirstOrDefault(label => !Doors.IsName(label)) is { } label)
            throw read.Wrong(
                "mailroom.nodes.labels",
                $"has '{Visible.Text(label)}', but a label is a word of letters, digits, '.', '_' and '-', such as gpu"
            );
        if (settings.Nodes.MaxMemory is > 0 and < LeastMemory)
            throw read.Wrong(
                "mailroom.nodes.max-memory",
                "is less than 256MiB, and a node that has run nothing yet may have nearly as much; 0 sets no limit"
            );
        return settings;
    }

    /// <summary>Where a host listens for nodes.</summary>
    /// <param name="port">0 takes a free one</param>
    public IPEndPoint EndPoint(int port) => new(Remote.Listens!, port);

    public LogSettings OfLogs(string directory, string node) =>
        new(directory, node, Logs.Level, Logs.FileSize, Logs.FilesPerProcess, Logs.Files);

    public Gate.Settings OfGate(string version) =>
        new(
            version,
            Nodes.Count,
            Nodes.Heartbeat,
            Nodes.Lease,
            Nodes.StartTimeout,
            Nodes.MinBackoff,
            Nodes.MaxBackoff,
            Nodes.MaxRestarts,
            Nodes.RestartWindow,
            Nodes.StopTimeout,
            Wire.MaxPayload,
            Wire.MaxResult,
            Nodes.MaxMemory,
            Nodes.MaxPieces,
            Nodes.Labels
        );

    internal Pools.Pool.Settings OfPool(Kinds.Technique technique, int batchesAhead, Way way) =>
        new(technique, Pool.BatchTime, Pool.BatchPieces, batchesAhead, way);

    /// <param name="width">pieces at once: 1 means a dedicated thread, more means async</param>
    internal Worker.Settings OfHostWorker(int width) =>
        new(
            "host",
            width,
            new Worker.Limits(Way.Here, Wire.MaxResult),
            Pool.BatchTime,
            Programs.Allowed,
            Pool.Grace,
            Worker.LastRung.LeaveThread
        );
}
