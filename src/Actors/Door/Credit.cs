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

    private readonly Lock _gate = new();
    private readonly Queue<int> _waiting = new();
    private TaskCompletionSource? _room;
    private long _bytes;

    /// <summary>A frame has been handed on.</summary>
    /// <returns>ends when another one may be</returns>
    public Task TakeAsync(int bytes)
    {
        lock (_gate)
        {
            _waiting.Enqueue(bytes);
            _bytes += bytes;
            if (_waiting.Count < MaxFrames && _bytes < MaxBytes)
                return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return WaitAsync(_room.Task);
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
            if (_waiting.Count >= MaxFrames || _bytes >= MaxBytes)
                return;
            _room?.TrySetResult();
            _room = null;
        }
    }

    private async Task WaitAsync(Task room)
    {
        await room.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (room.IsCompleted)
            return;
        lock (_gate)
        {
            _waiting.Clear();
            (_bytes, _room) = (0, null);
        }
    }
}
