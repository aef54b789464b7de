using Mailroom.Advice;
using Mailroom.Kinds;
using Mailroom.Pools;
using Verdict = Mailroom.Pools.Verdict;

namespace Mailroom.Jobs;

/// <summary>
/// Measures the first pieces of a job that may be run by any technique, while they run on threads, and chooses. They are
/// pieces like all others: what they give is kept.
/// </summary>
internal sealed class Probe(IReadOnlyCollection<Technique> allowed, Func<Technique, int> workers, int inFlight, double processesStart)
{
    private const int Enough = 200;
    private const double EnoughSeconds = 0.005;

    // Where nobody knows how many pieces there are, it is reckoned with many.
    private const int Many = 10_000;

    private int _measured;
    private double _seconds;
    private double _cpu;
    private double _held;
    private double _pause;
    private long _bytes;

    /// <summary>Whether it has seen enough.</summary>
    public bool IsDone => _measured >= Enough || (_measured > 0 && _seconds >= EnoughSeconds);

    public bool HasSeen => _measured > 0;

    public void Add(Pool.Settlement settlement)
    {
        if (settlement.Outcome is not { Verdict: Verdict.Done, Cost: { } cost, Result: { } result })
            return;
        _bytes += result.Bytes.Length;
        Add(cost, settlement.Outcome.Seconds);
    }

    /// <summary>A piece that still waits, having let go of its thread, after so many seconds.</summary>
    public void AddWaiting(Cost cost, double seconds) => Add(cost, seconds);

    public Choice Choose(int? total)
    {
        var profile = new Profile(total ?? Many, _seconds / _measured, _cpu / _measured, _held / _measured, _pause / _measured, (double)_bytes / _measured);
        return Choice.Of(new Forecast(profile, Overheads.Usual, Environment.ProcessorCount, inFlight), _measured, allowed, workers, processesStart);
    }

    private void Add(Cost cost, double seconds)
    {
        _measured++;
        _seconds += seconds;
        _cpu += cost.Cpu;
        _held += Math.Min(cost.Held, seconds);
        _pause += cost.Pause;
    }
}
