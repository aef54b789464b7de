using System.Diagnostics;
using Akka.Event;
using Mailroom.Kinds;
using Mailroom.Logs;

namespace Mailroom.Pools;

/// <summary>
/// A token of one attempt's own: cancelled with its job, or when its time is over. It is made when somebody first looks at it.
/// </summary>
/// <remarks>
/// A linked source with CancelAfter would do the same, but for two things: what a callback throws would end the process,
/// there being nobody else on a timer's thread, and to dispose it would wait for a callback that never ends.
/// </remarks>
/// <param name="most">null for as long as it likes</param>
/// <param name="started">when the attempt began, as <see cref="Stopwatch"/> counts</param>
internal sealed class TimeLimit(TimeSpan? most, long started, ILoggingAdapter log, CancellationToken job) : IAttemptToken, IDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _source;
    private CancellationTokenRegistration _job;
    private Timer? _timer;
    private bool _isOver;

    public CancellationToken Token
    {
        get
        {
            lock (_gate)
                return (_source ??= Start()).Token;
        }
    }

    private CancellationTokenSource Start()
    {
        var source = new CancellationTokenSource();
        if (_isOver)
            return source; // whoever looks only now is not to be told anything
        if (most is { } time)
        {
            var left = time - Stopwatch.GetElapsedTime(started);
            _timer = new Timer(_ => source.CancelAside(log), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
        _job = job.UnsafeRegister(_ => source.CancelAside(log), null);
        return source;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
            _job.Unregister();
        }
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
            log.Warning(
                Event.CancelThrew,
                "a callback on its token threw when a piece was cancelled: {Reason}",
                error.GetBaseException().Message
            );
        }
    }
}
