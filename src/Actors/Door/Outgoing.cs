using Google.Protobuf;

namespace Mailroom.Door;

/// <summary>
/// What waits to be written to one connection, from any thread to its writer. Who waits sleeps: collections of .NET look around first, and
/// with many processes on few cores that takes the turns of those who work.
/// </summary>
internal sealed class Outgoing
{
    // More waits to be written, and who writes is told to try again later.
    private const int MaxBytes = 16 * 1024 * 1024;

    private readonly Queue<ByteString> _waiting = new();
    private readonly object _bell = new();
    private long _bytes;
    private bool _isOver;
    private bool _isAsleep;

    /// <summary>Bytes that wait.</summary>
    public long Bytes
    {
        get
        {
            lock (_bell)
                return _bytes;
        }
    }

    /// <returns>false when it is full, or nothing more is taken</returns>
    public bool TryAdd(ByteString frame)
    {
        lock (_bell)
        {
            if (_isOver || _bytes > MaxBytes)
                return false;
            _waiting.Enqueue(frame);
            _bytes += frame.Length;
            if (_isAsleep)
                Monitor.Pulse(_bell);
            return true;
        }
    }

    /// <summary>The next one, however long it takes to come; null when none will.</summary>
    public ByteString? Take()
    {
        lock (_bell)
        {
            while (_waiting.Count == 0 && !_isOver)
            {
                _isAsleep = true;
                Monitor.Wait(_bell);
                _isAsleep = false;
            }
            return TakeNow();
        }
    }

    /// <summary>The next one, or null when none waits now.</summary>
    public ByteString? TakeNow()
    {
        lock (_bell)
        {
            if (!_waiting.TryDequeue(out var frame))
                return null;
            _bytes -= frame.Length;
            return frame;
        }
    }

    /// <summary>Takes no more; what waits already is still given.</summary>
    /// <returns>false when it was so already</returns>
    public bool Complete()
    {
        lock (_bell)
        {
            if (_isOver)
                return false;
            _isOver = true;
            Monitor.PulseAll(_bell);
            return true;
        }
    }
}
