using System.Diagnostics;
using Mailroom.Batches;
using Mailroom.Inspection;

namespace Mailroom.Pools;

/// <summary>Takes down what a piece costs its thread.</summary>
internal sealed class Costs
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly double _cpu = ThreadClock.Seconds();
    private readonly TimeSpan _pause = GC.GetTotalPauseDuration();
    private double? _held;

    public static Costs Start() => new();

    /// <summary>The piece lets go of its thread now.</summary>
    public Cost Held() => End(_held = Stopwatch.GetElapsedTime(_started).TotalSeconds, 0);

    // What it does after it has awaited something runs on other threads; the part until then stands for all of it.
    /// <param name="charged">processor seconds that others took for it</param>
    /// <param name="bytes">of the piece and its result</param>
    public Cost End(double charged, long bytes) =>
        End(_held, bytes) is var cost && charged > 0 ? cost with { Cpu = cost.Cpu + charged } : cost;

    private Cost End(double? held, long bytes)
    {
        var seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        return new Cost(seconds, ThreadClock.Seconds() - _cpu, held ?? seconds, (GC.GetTotalPauseDuration() - _pause).TotalSeconds, bytes);
    }
}
