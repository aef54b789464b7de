namespace Mailroom.Nodes;

/// <summary>How soon a process that ended is started again: after a wait that doubles, and not for ever.</summary>
internal sealed class Restarts(Gate.Settings settings, TimeProvider time)
{
    private readonly Queue<long> _ends = new();
    private long _begun;
    private int _failed;

    /// <summary>How often it ended within <see cref="Gate.Settings.RestartWindow"/>.</summary>
    public int Ends => _ends.Count;

    /// <summary>It is started now.</summary>
    public void Begin() => _begun = time.GetTimestamp();

    /// <summary>It gets another chance.</summary>
    public void Forget() => _ends.Clear();

    /// <summary>It has ended, or could not be started.</summary>
    /// <returns>how long to wait before it is started again; null when it ended too often</returns>
    public TimeSpan? End()
    {
        var now = time.GetTimestamp();
        _failed = time.GetElapsedTime(_begun, now) > settings.MaxBackoff ? 0 : _failed;
        _ends.Enqueue(now);
        while (time.GetElapsedTime(_ends.Peek(), now) > settings.RestartWindow)
            _ends.Dequeue();
        return _ends.Count > settings.MaxRestarts
            ? null
            : TimeSpan.FromSeconds(Math.Min(settings.MaxBackoff.TotalSeconds, settings.MinBackoff.TotalSeconds * Math.Pow(2, _failed++)));
    }
}
