using System.Net;
using Mailroom.Input;
using Mailroom.Logs;

namespace Mailroom.Settings;

/// <summary>0 means as many as the machine has cores.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class CoresAttribute(int to) : FromAttribute(0, to);

// Each is a section of hocon/mailroom.conf, which says what its settings mean: Threads.Workers is mailroom.threads.workers.

public sealed record ThreadsSection([Cores(256)] int Workers);

public sealed record AsyncSection([From(1, 64)] int Workers, [From(2, 100_000)] int InFlight);

public sealed record NodesSection(
    [Cores(256)] int Count,
    [From(1, 256)] int Workers,
    [From(1, 100)] int BatchesAhead,
    [From(0.05, 60)] TimeSpan Heartbeat,
    [From(0.5, 3600)] TimeSpan Lease,
    [From(0.05, 60)] TimeSpan JoinEvery,
    [From(1, 3600)] TimeSpan StartTimeout,
    [From(0.01, 3600)] TimeSpan MinBackoff,
    [From(0.01, 86400)] TimeSpan MaxBackoff,
    [From(0, 1_000_000)] int MaxRestarts,
    [From(1, 86400)] TimeSpan RestartWindow,
    [From(0.1, 3600)] TimeSpan StopTimeout,
    [Bytes(0, 1e15)] long MaxMemory,
    [From(0, 1e15)] long MaxPieces,
    [Bytes(0, 1e15)] long MaxFiles,
    IReadOnlyList<string> Labels
);

public sealed record PoolSection(
    [From(0.0001, 60)] TimeSpan BatchTime,
    [From(1, 16_384)] int BatchPieces,
    [From(1, 100)] int MaxCrashes,
    [From(0.01, 3600)] TimeSpan Grace
);

public sealed record JobsSection(
    [From(1, 100), Formerly("mailroom.jobs.retries")] int Attempts,
    [From(0, 3600)] TimeSpan FirstDelay,
    [From(0, 86400)] TimeSpan MaxDelay,
    [From(1, 100_000)] int Remembered,
    [From(1, 100_000_000)] int Kept
);

public sealed record RemoteSection(
    [Formerly("mailroom.remote.host")] string Address,
    [From(0, 65_535)] int Port,
    [From(0, 65_535)] int JoinPort,
    IReadOnlyList<string> Advertise,
    [From(300, 400 * 86_400)] TimeSpan MemberLife,
    bool Tls
)
{
    /// <summary>The address, or null where it is none.</summary>
    public IPAddress? Listens =>
        Address == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(Address, out var address) ? address
        : null;

    /// <summary>Whether nobody but this machine can reach it.</summary>
    public bool IsLoopback => Listens is { } address && IPAddress.IsLoopback(address);
}

public sealed record WireSection(
    [Bytes(2 * 1024 * 1024, 256 * 1024 * 1024)] int MaxFrame,
    [Bytes(1024, 128 * 1024 * 1024)] int MaxPayload,
    [Bytes(1024, 512 * 1024 * 1024)] int MaxResult
);

public sealed record ProgramsSection(bool Allowed);

public sealed record SecretsSection(IReadOnlyList<string> Environment);

public sealed record LogsSection(
    Severity Level,
    [Bytes(64 * 1024, 1024 * 1024 * 1024)] int FileSize,
    [From(1, 1000)] int FilesPerProcess,
    [From(1, 10_000)] int Files
);
