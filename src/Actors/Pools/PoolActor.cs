using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Inspection;

namespace Mailroom.Pools;

/// <inheritdoc cref="Pool"/>
internal sealed partial class PoolActor : ReceiveActor, IWithTimers
{
    // Of the workers in this process; a node's is never 0.
    private const long OwnSession = 0;

    // So many times told of a job and each time a lease handed back, with nothing begun, and the worker is offered no more of it.
    // Many, because each of them may be chance: a connection that broke lost what the worker was told.
    private const int MaxUnbegun = 50;

    // Jobs that a worker knows, far more than it can be told of at once.
    private const int MaxHeldJobs = 1_000;

    // Sessions that are over, of which something may still be on its way.
    private const int MaxEnded = 1_000;

    // How long a job that every node has declined waits for another node.
    private static readonly TimeSpan DeclinePatience = TimeSpan.FromSeconds(5);

    // How long a worker may take to say what it holds before it is asked again.
    private static readonly TimeSpan RecountPatience = TimeSpan.FromSeconds(5);

    private readonly Pool.Settings _settings;
    private readonly bool _ownsWorkers;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly SortedDictionary<int, JobQueue> _jobs = [];
    private readonly Dictionary<IActorRef, WorkerSlot> _workers = [];
    private readonly Queue<long> _ended = new();
    private IActorRef _supplier = ActorRefs.Nobody;
    private long _lastLease;
    private long _lastRecount;
    private bool _hadWorkers;

    // Why no workers will come, until those that are still there are gone, or one comes after all.
    private string? _none;

    // Why nobody runs anything here, as long as it is so.
    private string? _away;

    public PoolActor(Pool.Settings settings, Func<long, Props>? worker, int workers)
    {
        (_settings, _ownsWorkers) = (settings, worker is not null);
        Receive<Pool.Open>(OnOpen);
        Receive<Pool.Offer>(OnOffer);
        Receive<Pool.Close>(OnClose);
        Receive<Pool.Withdraw>(OnWithdraw);
        Receive<Pool.Cancel>(OnCancel);
        Receive<Pool.Release>(OnRelease);
        Receive<Pool.Awaiting>(OnAwaiting);
        Receive<Pool.Hold>(OnHold);
        Receive<Pool.Ask>(OnAsk);
        Receive<Pool.Report>(OnReport);
        Receive<Pool.Committed>(OnCommitted);
        Receive<Pool.Decline>(OnDecline);
        Receive<Pool.Leave>(_ => OnLeave());
        Receive<Pool.Recount>(OnRecount);
        Receive<Pool.Held>(OnHeld);
        Receive<Pool.Gone>(gone => Lose(Sender, gone.Reason, gone.Crashed));
        Receive<Pool.Suspend>(OnSuspend);
        Receive<Pool.End>(OnEnd);
        Receive<Pool.OutOfWorkers>(OnOutOfWorkers);
        Receive<Pool.WorkersAway>(away => TellWaiting(away.Reason));
        Receive<Pool.Supply>(_ => _supplier = Sender);
        Receive<DeclinedByAll>(OnDeclinedByAll);
        Receive<Terminated>(gone =>
        {
            Lose(gone.ActorRef, "the worker ended", crashed: false);
            StrandIfAllAreStuck();
        });
        if (worker is not null)
            StartOwn(worker, workers);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>
    /// A worker that breaks is restarted and asks again, which hands back what it held. One that breaks 10 times in 60 s
    /// is stopped: the pool goes on without it, and says so.
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(10, TimeSpan.FromSeconds(60), error =>
        {
            _log.Error(error, "worker.broke {Worker}: {Reason}", Sender.Path.Name, error.Message);
            return Directive.Restart;
        });

    private void OnOpen(Pool.Open open)
    {
        // A new job starts level with the job that is served next: it neither waits for the old ones nor holds them up.
        var queue = new JobQueue(open, _jobs.Count == 0 ? 0 : _jobs.Values.Min(job => job.VirtualTime));
        _jobs.Add(open.Spec.Job, queue);
        _none = null; // whoever supplies workers tries again now
        if (_away is not null)
            open.Job.Tell(new Pool.Waiting(_away));
        _supplier.Tell(new Pool.WorkersNeeded(open.MaxWorkers));
        StrandIfAllAreStuck();
        Want(queue);
    }

    private void OnOffer(Pool.Offer offer)
    {
        if (!_jobs.TryGetValue(offer.Job, out var queue))
            return; // closed while the offer was on its way
        if (!offer.Again)
            queue.Promised -= Math.Min(queue.Promised, offer.Pieces.Count);
        if (queue.IsWithdrawn)
            queue.Job.Tell(new Pool.Withdrawn(offer.Pieces.Count));
        else if (offer.Again)
            queue.Return(offer.Pieces);
        else
            queue.Add(offer.Pieces);
        Serve();
    }

    private void OnWithdraw(Pool.Withdraw withdraw)
    {
        if (_jobs.TryGetValue(withdraw.Job, out var queue))
            queue.Job.Tell(new Pool.Withdrawn(queue.Withdraw()));
    }

    private void OnCancel(Pool.Cancel cancel)
    {
        if (!_jobs.TryGetValue(cancel.Job, out var queue))
        {
            Sender.Tell(new Pool.Quiet(cancel.Number)); // it has not opened yet
            return;
        }
        queue.Withdraw();
        (queue.IsHeld, queue.IsCancelled, queue.QuietFor) = (true, true, cancel.Number);
        foreach (var worker in _workers.Values.Where(worker => worker.Jobs.Contains(cancel.Job)))
            worker.Actor.Tell(new Worker.Close(cancel.Job));
        TellIfQuiet(queue);
    }

    private void OnRelease(Pool.Release release)
    {
        if (!_jobs.TryGetValue(release.Job, out var queue))
            return;
        queue.Job.Tell(new Pool.Released(queue.Release()));
        TellIfQuiet(queue);
    }

    private void OnAwaiting(Pool.Awaiting awaiting)
    {
        if (SlotOf() is not null && _jobs.TryGetValue(awaiting.Job, out var queue))
            queue.Job.Tell(awaiting);
    }

    private void OnHold(Pool.Hold hold)
    {
        if (_jobs.TryGetValue(hold.Job, out var queue))
        {
            (queue.IsHeld, queue.QuietFor) = (hold.On, hold.Number);
            TellIfQuiet(queue);
        }
        else if (hold.On)
            Sender.Tell(new Pool.Quiet(hold.Number)); // it has not opened yet, and so nothing of it runs
        Serve();
    }

    private static void TellIfQuiet(JobQueue queue)
    {
        if (queue.IsHeld && queue.Holders.Count == 0)
            queue.Job.Tell(new Pool.Quiet(queue.QuietFor, queue.IsReleased));
    }

    /// <summary>What comes back without having run: to the job if that wants it, or else in front of its queue.</summary>
    private static void PutBack(JobQueue queue, Batch pieces)
    {
        if (queue.IsReleased)
            queue.Job.Tell(new Pool.Released(pieces));
        else if (queue.IsWithdrawn)
            queue.Job.Tell(new Pool.Withdrawn(pieces.Count));
        else
            queue.Return(pieces);
    }

    private void OnClose(Pool.Close close)
    {
        if (!_jobs.Remove(close.Job))
            return;
        Timers.Cancel(close.Job);
        foreach (var worker in _workers.Values)
        {
            worker.Declined.Remove(close.Job);
            worker.Openings.Remove(close.Job);
            foreach (var report in worker.Uncommitted.Where(pair => pair.Value == close.Job).Select(pair => pair.Key).ToList())
                OnCommitted(new Pool.Committed(worker.Actor, report)); // the job may have ended without having read it
            if (worker.Jobs.Remove(close.Job))
                worker.Actor.Tell(new Worker.Close(close.Job));
        }
        Serve();
    }

    private bool IsOpen(JobQueue queue) => _jobs.TryGetValue(queue.Opened.Spec.Job, out var open) && open == queue;
}
