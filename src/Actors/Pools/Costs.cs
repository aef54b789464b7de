using System.Diagnostics;
using Mailroom.Batches;
using Mailroom.Inspection;

namespace Mailroom.Pools;

/// <summary>
/// Takes down what a piece costs its thread, but for the time in which others had the cores: or pieces would seem to wait that compute on a
/// busy machine, and to hold their thread that let go of it.
/// </summary>
internal sealed class Costs
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly double _cpu = ThreadClock.Seconds();
    private readonly TimeSpan _pause = GC.GetTotalPauseDuration();
    private readonly double _delayed = ThreadClock.Delayed();
    private double? _held;

    public static Costs Start() => new();

    /// <summary>The piece lets go of its thread now.</summary>
    public Cost Held() => End(_held = Took(Delayed), 0);

    // What it does after it has awaited something runs on other threads; the part until then stands for all of it.
    /// <param name="charged">processor seconds that others took for it</param>
    /// <param name="bytes">of the piece and its result</param>
    public Cost End(double charged, long bytes) =>
        End(_held, bytes) is var cost && charged > 0 ? cost with { Cpu = cost.Cpu + charged } : cost;

    private Cost End(double? held, long bytes)
    {
        var delayed = Delayed;
        var seconds = Took(delayed);
        var pause = (GC.GetTotalPauseDuration() - _pause).TotalSeconds;
        return new Cost(seconds, ThreadClock.Seconds() - _cpu, held ?? seconds, pause, bytes) { Delayed = delayed };
    }

    private double Delayed => ThreadClock.Delayed() - _delayed;

    private double Took(double delayed) => Math.Max(0, Stopwatch.GetElapsedTime(_started).TotalSeconds - delayed);
}
