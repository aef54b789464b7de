using Mailroom.Model;

namespace Mailroom.Advice;

/// <summary>Adds up what pieces cost that are measured while they run on threads.</summary>
/// <param name="workers">threads that run them at the same time</param>
public sealed class Measurement(int workers)
{
    private double _cpu;
    private double _held;
    private double _pause;
    private double _fold;
    private double _bytes;
    private int _folded;

    public int Count { get; private set; }

    /// <summary>Of all that were added, together.</summary>
    public double Seconds { get; private set; }

    /// <param name="seconds">wall time, its result's encoding included</param>
    /// <param name="cpu">processor time</param>
    /// <param name="held">for which it held its thread</param>
    /// <param name="pause">for which collections held all threads up meanwhile</param>
    /// <param name="bytes">of it and its result, encoded</param>
    public void Add(double seconds, double cpu, double held, double pause, double bytes)
    {
        Count++;
        Seconds += seconds;
        _cpu += cpu;
        _held += Math.Min(held, seconds);
        _pause += pause;
        _bytes += bytes;
    }

    /// <summary>Results were decoded and added to the answer, in so many seconds together.</summary>
    public void AddFold(int results, double seconds) => (_folded, _fold) = (_folded + results, _fold + seconds);

    /// <param name="pieces">of the whole job</param>
    /// <param name="split">seconds until its pieces could be made</param>
    /// <returns>null when nothing was measured</returns>
    public Profile? Profile(int pieces, double split) =>
        Count == 0
            ? null
            : new Profile(
                pieces,
                Seconds / Count,
                _cpu / Count,
                _held / Count,
                _pause / workers / Count,
                _bytes / Count,
                _fold / Math.Max(1, _folded),
                split,
                workers
            );
}
