using Mailroom.Client;
using Mailroom.Model;
using Mailroom.Pools;

namespace Mailroom.Techniques;

/// <summary>Where a technique's pieces run in a host.</summary>
/// <param name="Workers">as many as are expected</param>
/// <param name="Worker">how to make one in this process; null where they live on nodes</param>
/// <param name="Width">pieces that a worker runs at once</param>
/// <param name="Start">seconds until there are workers</param>
internal sealed record Place(Pool.Settings Pool, int Workers, Worker.Settings? Worker, int Width = 1, double Start = 0);

/// <summary>What a job's pieces are like when so many workers run them.</summary>
/// <param name="Seconds">wall time of a piece, without the pauses of collections and without waiting for locks</param>
/// <param name="Held">for which it holds its thread</param>
/// <param name="Cpu">processor seconds</param>
/// <param name="Alone">what one alone must do for each result: record it, add it to the answer</param>
/// <param name="InFlight">pieces that an event loop holds at once</param>
/// <param name="Sent">seconds per byte on the way between processes</param>
/// <param name="Serial">for which it needs a lock that one thread of a process has at a time</param>
internal sealed record Load(
    Profile Piece,
    double Seconds,
    double Held,
    double Cpu,
    double Alone,
    int Workers,
    int InFlight,
    double Sent,
    int Cores,
    double Serial
)
{
    public double Count => Piece.Pieces;

    /// <summary>The longest chain of pieces, one after the other.</summary>
    public double Chain => Math.Ceiling(Count / Workers);

    /// <summary>All processor time over all cores.</summary>
    public double OnAllCores(double cpuSeconds) => Count * (Math.Max(0, cpuSeconds) + Alone) / Cores;
}
