using Akka.Event;

namespace Mailroom.Pools;

/// <summary>A token of one attempt's own: cancelled with its job, or when its time is over.</summary>
/// <remarks>
/// A linked source with CancelAfter would do the same, but for two things: what a callback throws would end the process,
/// there being nobody else on a timer's thread, and to dispose it would wait for a callback that never ends.
/// </remarks>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _job;
    private readonly Timer? _timer;

    /// <param name="most">null for as long as it likes</param>
    public TimeLimit(TimeSpan? most, ILoggingAdapter log, CancellationToken job)
    {
        if (most is { } time)
            _timer = new Timer(_ => _source.CancelAside(log), null, time, Timeout.InfiniteTimeSpan);
        _job = job.UnsafeRegister(_ => _source.CancelAside(log), null);
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _timer?.Dispose();
        _job.Unregister();
    }
}

internal static class Cancelling
{
    /// <summary>
    /// Cancels at once, and runs what pieces have registered for it on another thread: code that is not ours may throw or
    /// never come back, and neither may reach an actor.
    /// </summary>
    public static void CancelAside(this CancellationTokenSource source, ILoggingAdapter log) => _ = ObserveAsync(source.CancelAsync(), log);

    private static async Task ObserveAsync(Task callbacks, ILoggingAdapter log)
    {
        try
        {
            await callbacks.ConfigureAwait(false);
        }
        catch (AggregateException error)
        {
            log.Warning("cancel.threw a callback on its token threw when a piece was cancelled: {Reason}", error.GetBaseException().Message);
        }
    }
}
