namespace Mailroom.Nodes;

/// <summary>
/// How long words to the host and back take: the shortest of the last few, for the others have waited for something else too.
/// </summary>
internal sealed class RoundTrips(TimeProvider time)
{
    private const int Kept = 8;

    private readonly Queue<TimeSpan> _last = new();
    private long? _asked;

    /// <summary>Zero until one is known.</summary>
    public TimeSpan Least => _last.Count == 0 ? TimeSpan.Zero : _last.Min();

    /// <summary>Something is said that is answered. What is said before the answer has come does not count.</summary>
    public void Ask() => _asked ??= time.GetTimestamp();

    public void Answer()
    {
        if (_asked is not { } asked)
            return;
        _asked = null;
        _last.Enqueue(time.GetElapsedTime(asked));
        if (_last.Count > Kept)
            _last.Dequeue();
    }

    /// <summary>What was said may have been lost.</summary>
    public void Forget()
    {
        _asked = null;
        _last.Clear();
    }
}
