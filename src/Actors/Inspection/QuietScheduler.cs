using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Mailroom.Logs;

namespace Mailroom.Inspection;

/// <summary>
/// Akka's timers by those of .NET. Akka's own scheduler wakes a thread 100 times a second whether or not something is due,
/// and each time that thread looks around for a while before it sleeps again; here nothing happens until something is due.
/// </summary>
public sealed class QuietScheduler(Config config, ILoggingAdapter log)
    : SchedulerBase(config, log),
        IDateTimeOffsetNowTimeProvider,
        IDisposable
{
    // The longest that .NET's timers can count.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private readonly long _started = TimeProvider.System.GetTimestamp();
    private volatile bool _isOver;

    protected override DateTimeOffset TimeNow => TimeProvider.System.GetUtcNow();

    public override TimeSpan MonotonicClock => TimeProvider.System.GetElapsedTime(_started);

    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    protected override void InternalScheduleTellOnce(
        TimeSpan delay,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    ) => Start(delay, Timeout.InfiniteTimeSpan, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    ) => Start(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Start(delay, Timeout.InfiniteTimeSpan, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Akka.Dispatch.IRunnable action, ICancelable cancelable) =>
        Start(delay, Timeout.InfiniteTimeSpan, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Start(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        Akka.Dispatch.IRunnable action,
        ICancelable cancelable
    ) => Start(initialDelay, interval, action.Run, cancelable);

    /// <summary>Nothing is told any more.</summary>
    public void Dispose() => _isOver = true;

    private void Start(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable)
    {
        if (_isOver || cancelable?.IsCancellationRequested == true)
            return;
        // A timer that nobody else holds is held by the queue of those that are due.
        CancellationTokenRegistration? cancellation = null;
        var timer = new Timer(Fire);
        cancellation = cancelable?.Token.UnsafeRegister(static timer => ((Timer)timer!).Dispose(), timer);
        timer.Change(delay < Longest ? delay : Longest, interval);

        void Fire(object? _)
        {
            if (interval == Timeout.InfiniteTimeSpan)
                cancellation?.Unregister();
            if (_isOver || cancelable?.IsCancellationRequested == true)
                return;
            try
            {
                action();
            }
            catch (Exception error) // as with Akka's own: a task that throws must not end the process
            {
                Log.Error(error, Event.TimerThrew, "{Reason}", error.Message);
            }
        }
    }
}
