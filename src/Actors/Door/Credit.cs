namespace Mailroom.Door;

/// <summary>
/// How much of what a node has sent may wait to be handled: a mailbox has no bound, so whoever reads the socket waits
/// until gate, keeper or link has handled enough.
/// </summary>
internal sealed class Credit
{
    private const int MaxFrames = 256;
    private const long MaxBytes = 16 * 1024 * 1024;

    // Nothing was handled for so long: what waits has gone to nobody, or to one who is stuck. A little more is taken then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly Queue<int> _waiting = new();
    private long _bytes;

    private bool IsFull => _waiting.Count >= MaxFrames || _bytes >= MaxBytes;

    /// <summary>A frame has been handed on; comes back when another one may be.</summary>
    public void Take(int bytes)
    {
        lock (_gate)
        {
            _waiting.Enqueue(bytes);
            _bytes += bytes;
            while (IsFull)
                if (!Monitor.Wait(_gate, Patience))
                    Forget();
        }
    }

    /// <summary>A frame has been handled.</summary>
    public void Give()
    {
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out var bytes))
                return;
            _bytes -= bytes;
            if (!IsFull)
                Monitor.PulseAll(_gate);
        }
    }

    private void Forget()
    {
        _waiting.Clear();
        _bytes = 0;
    }
}
