using Mailroom.Client;
using Mailroom.Model;

namespace Mailroom.Advice;

/// <summary>Adds up what pieces cost that are measured while they run on threads.</summary>
/// <remarks>
/// The first piece of each thread runs code that is still being compiled, which may take a thousand times as long as the piece; unless
/// that is nothing beside it, it counts only as long as there is no other.
/// </remarks>
/// <param name="workers">threads that run them at the same time</param>
public sealed class Measurement(int workers)
{
    // Seconds, beside which compiling is nothing.
    private const double Long = 0.5;

    private Sums _first;
    private Sums _others;
    private double _fold;
    private int _folded;
    private int _seen;
    private double _locked;

    /// <summary>Whether others than the first have been measured.</summary>
    public bool IsWarm => _others.Count > 0;

    /// <summary>Threads that run them at the same time.</summary>
    public int Workers => workers;

    /// <summary>Pieces that count.</summary>
    public int Count => Counting.Count;

    /// <summary>Of all that count, together.</summary>
    public double Seconds => Counting.Seconds;

    /// <summary>How many times as long as they take did they take on this machine, where others want its cores too.</summary>
    public double Slowed => Counting.Seconds > 0 ? 1 + (Counting.Delayed / Counting.Seconds) : 1;

    private Sums Counting => IsWarm ? _others : _first;

    /// <param name="seconds">from its begin to its end, its result's encoding included</param>
    /// <param name="cpu">processor time</param>
    /// <param name="held">for which it held its thread</param>
    /// <param name="pause">for which collections held all threads up meanwhile</param>
    /// <param name="bytes">of it and its result, encoded</param>
    /// <param name="delayed">for which it would have run if others had not had the cores; not in any of the others</param>
    public void Add(double seconds, double cpu, double held, double pause, double bytes, double delayed = 0)
    {
        ref var sums = ref _seen++ < workers && seconds < Long ? ref _first : ref _others;
        sums.Count++;
        sums.Seconds += seconds;
        sums.Cpu += cpu;
        sums.Held += Math.Min(held, seconds);
        sums.Pause += pause;
        sums.Bytes += bytes;
        sums.Delayed += delayed;
    }

    /// <summary>Results were decoded and added to the answer, in so many seconds together.</summary>
    public void AddFold(int results, double seconds) => (_folded, _fold) = (_folded + results, _fold + seconds);

    /// <summary>For so long does a piece wait for locks.</summary>
    public void SetLocked(double seconds) => _locked = seconds;

    /// <param name="pieces">of the whole job</param>
    /// <param name="split">seconds until its pieces could be made</param>
    /// <returns>null when nothing was measured</returns>
    public Profile? Profile(int pieces, double split) =>
        Counting is { Count: > 0 } sums
            ? new Profile(
                pieces,
                sums.Seconds / sums.Count,
                sums.Cpu / sums.Count,
                sums.Held / sums.Count,
                sums.Pause / workers / sums.Count,
                sums.Bytes / sums.Count,
                _fold / Math.Max(1, _folded),
                split,
                workers,
                _locked
            )
            : null;

    private struct Sums
    {
        public int Count;
        public double Seconds;
        public double Cpu;
        public double Held;
        public double Pause;
        public double Bytes;
        public double Delayed;
    }
}
