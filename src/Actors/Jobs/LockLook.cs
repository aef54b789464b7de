using System.Diagnostics;
using Mailroom.Advice;
using Mailroom.Inspection;

namespace Mailroom.Jobs;

/// <summary>Finds out, from when it is made, for how long the pieces that are measured wait for locks.</summary>
internal sealed class LockLook(Measurement measured) : IDisposable
{
    // Seconds of pieces; and so many where what the runtime counts it does not tell.
    private const double Enough = 1;
    private const double TooLong = 5;

    // Of the time of its threads: where other jobs have some of it, the waiting may be theirs.
    private const double Alone = 0.7;

    private readonly LockWatch _watch = new();
    private readonly int _seen = measured.Count;

    // Where it began to count.
    private int _count = measured.Count;
    private double _begun = measured.Seconds;
    private long _since = Stopwatch.GetTimestamp();
    private (double Seconds, int Told, long Contentions) _before;
    private double _seconds;

    public bool HasSeen => IsCounting && measured.Seconds - _begun >= (IsTold ? Enough : TooLong);

    // A busy machine tells late of what has been.
    private bool IsTold => _watch.Count - _before.Told >= (LockWatch.Contentions - _before.Contentions) / 2;

    // The runtime does not tell of the waiting that had begun when it was first asked: a piece of each thread.
    private bool IsCounting => _count >= _seen + measured.Workers;

    /// <summary>More pieces have been measured.</summary>
    public void Note()
    {
        var seconds = _watch.Seconds;
        if (!IsCounting)
        {
            (_count, _begun, _since) = (measured.Count, measured.Seconds, Stopwatch.GetTimestamp());
            _before = (seconds, _watch.Count, LockWatch.Contentions);
            return;
        }
        // The runtime tells of what has been ten times a second: just then it is known up to now.
        if (seconds == _seconds || measured.Count <= _count)
            return;
        _seconds = seconds;
        var share = (measured.Seconds - _begun) / (Stopwatch.GetElapsedTime(_since).TotalSeconds * measured.Workers);
        measured.SetLocked(share < Alone ? 0 : (seconds - _before.Seconds) / (measured.Count - _count));
    }

    public void Dispose() => _watch.Dispose();
}
