using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Logs;

namespace Mailroom.Pools;

/// <inheritdoc cref="Pool"/>
/// <remarks>It speaks: with jobs, with workers, and with whoever supplies these. What is to be said, its scheduler knows.</remarks>
internal sealed class PoolActor : ReceiveActor, IWithTimers, IPoolPorts
{
    // Of the workers in this process.
    private const long OwnSession = 0;

    private readonly Scheduler _scheduler;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);

    public PoolActor(Pool.Settings settings, Func<long, Props>? worker, int workers)
    {
        _scheduler = new Scheduler(settings, Self.Path.Name, this, _log);
        ToJobs();
        ToWorkers();
        ToSupplier();
        for (var number = 1; worker is not null && number <= workers; number++)
            Context.Watch(Context.ActorOf(worker(OwnSession), $"worker-{number}"));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    IActorRef IPoolPorts.Pool => Self;

    void IPoolPorts.Tell(IActorRef to, object message) => to.Tell(message);

    void IPoolPorts.Remind(object key, object message, TimeSpan wait) => Timers.StartSingleTimer(key, message, wait);

    void IPoolPorts.Forget(object key) => Timers.Cancel(key);

    /// <summary>
    /// A worker that breaks is restarted and asks again, which hands back what it held. One that breaks 10 times in 60 s
    /// is stopped: the pool goes on without it, and says so.
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(
            10,
            TimeSpan.FromSeconds(60),
            error =>
            {
                _log.Error(error, Event.WorkerBroke, "{Worker}: {Reason}", Sender.Path.Name, error.Message);
                return Directive.Restart;
            }
        );

    private void ToJobs()
    {
        On<Pool.Open>(_scheduler.Open);
        On<Pool.Offer>(_scheduler.Offer);
        On<Pool.Close>(_scheduler.Close);
        On<Pool.Withdraw>(_scheduler.Withdraw);
        On<Pool.Release>(_scheduler.Release);
        On<Pool.Cancel>(cancel => _scheduler.Cancel(cancel, Sender));
        On<Pool.Hold>(hold => _scheduler.Hold(hold, Sender));
        On<Pool.Committed>(_scheduler.Commit);
    }

    private void ToWorkers()
    {
        On<Pool.Ask>(ask => _scheduler.Join(ask, Sender));
        On<Pool.Report>(report => _scheduler.Report(report, Sender));
        On<Pool.Awaiting>(awaiting => _scheduler.Await(awaiting, Sender));
        On<Pool.Decline>(decline => _scheduler.Decline(decline, Sender));
        On<Scheduler.DeclinedByAll>(_scheduler.Strand);
        On<Pool.Leave>(_ => _scheduler.Leave(Sender));
        On<Pool.Held>(held => _scheduler.Hear(held, Sender));
        On<Pool.Gone>(gone => _scheduler.Lose(Sender, gone.Reason, gone.Crashed));
        On<Terminated>(gone =>
        {
            _scheduler.Lose(gone.ActorRef, "the worker ended", crashed: false);
            _scheduler.StrandIfAllAreStuck();
        });
    }

    private void ToSupplier()
    {
        On<Pool.Supply>(_ => _scheduler.Supply(Sender));
        On<Pool.Suspend>(suspend => _scheduler.Suspend(suspend.Session));
        On<Pool.Distance>(_scheduler.Measure);
        On<Pool.FilesThere>(_scheduler.Furnish);
        On<Pool.Recount>(_scheduler.Recount);
        On<Pool.End>(end => _scheduler.End(end.Session));
        On<Pool.OutOfWorkers>(_scheduler.RunOut);
        On<Pool.WorkersAway>(away => _scheduler.TellWaiting(away.Reason));
    }

    private void On<T>(Action<T> tell) =>
        Receive<T>(message =>
        {
            tell(message);
            _status.State = $"{_scheduler.Queued} queued, {_scheduler.Leased} leased";
        });
}
