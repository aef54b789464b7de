using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;

namespace Mailroom.Pools;

/// <summary>
/// Who gets which pieces: it queues them fairly between jobs and leases them to the workers that have room. Plain code:
/// what it has to say goes out by its ports, and a lease costs the logarithm of the jobs and of the workers.
/// </summary>
internal sealed partial class Scheduler(Pool.Settings settings, string name, IPoolPorts ports, ILoggingAdapter log)
{
    private readonly SortedDictionary<int, JobQueue> _jobs = [];

    // The jobs that have pieces to lease: the one that had the least goes first.
    private readonly SortedSet<JobQueue> _ready = new(JobQueue.ByTurn);

    // The settings with the batch time of the workers that there are.
    private readonly TimeSpan _usualBatchTime = settings.BatchTime;
    private Pool.Settings _settings = settings;
    private IActorRef _supplier = ActorRefs.Nobody;

    // The virtual time of the job that was served last: what comes, or comes again, begins level with it.
    private double _now;

    // Why none of the supplier's own workers will come, until one does after all.
    private Pool.OutOfWorkers? _none;

    // Why nobody runs anything here, as long as it is so.
    private string? _away;

    /// <summary>Pieces that wait.</summary>
    public int Queued { get; private set; }

    /// <summary>Pieces that workers hold.</summary>
    public int Leased { get; private set; }

    public void Open(Pool.Open open)
    {
        // A new job neither waits for the old ones nor holds them up.
        var queue = new JobQueue(open, _now);
        _jobs.Add(open.Spec.Job, queue);
        _none = null; // whoever supplies workers tries again now
        foreach (var worker in _workers.Values)
            Meet(worker, queue);
        TellWaiting(queue);
        ports.Tell(_supplier, new Pool.WorkersNeeded(open.MaxWorkers, open.Where));
        StrandIfAllAreStuck();
        Want(queue);
    }

    public void Offer(Pool.Offer offer)
    {
        if (!_jobs.TryGetValue(offer.Job, out var queue))
            return; // closed while the offer was on its way
        if (!offer.Again)
            queue.Promised -= Math.Min(queue.Promised, offer.Pieces.Count);
        if (queue.IsWithdrawn)
            ports.Tell(queue.Job, new Pool.Withdrawn(offer.Pieces.Count));
        else if (offer.Again)
            queue.Return(offer.Pieces);
        else
            queue.Add(offer.Pieces);
        Serve(queue);
    }

    public void Withdraw(Pool.Withdraw withdraw)
    {
        if (!_jobs.TryGetValue(withdraw.Job, out var queue))
            return;
        ports.Tell(queue.Job, new Pool.Withdrawn(queue.Withdraw()));
        Place(queue);
    }

    /// <param name="job">who answers when the pool does not know it yet</param>
    public void Cancel(Pool.Cancel cancel, IActorRef job)
    {
        if (!_jobs.TryGetValue(cancel.Job, out var queue))
        {
            ports.Tell(job, new Pool.Quiet(cancel.Number)); // it has not opened yet
            return;
        }
        queue.Withdraw();
        (queue.IsHeld, queue.IsCancelled, queue.QuietFor) = (true, true, cancel.Number);
        Place(queue);
        foreach (var worker in _workers.Values.Where(worker => worker.Jobs.Contains(cancel.Job)))
            ports.Tell(worker.Actor, new Worker.Close(cancel.Job));
        TellIfQuiet(queue);
    }

    public void Release(Pool.Release release)
    {
        if (!_jobs.TryGetValue(release.Job, out var queue))
            return;
        ports.Tell(queue.Job, new Pool.Released(queue.Release()));
        Place(queue);
        foreach (var worker in queue.Holders.Keys)
            _settings.Way.Recall(ports, worker, release.Job);
        TellIfQuiet(queue);
    }

    /// <param name="job">who answers when the pool does not know it yet</param>
    public void Hold(Pool.Hold hold, IActorRef job)
    {
        if (_jobs.TryGetValue(hold.Job, out var queue))
        {
            (queue.IsHeld, queue.QuietFor) = (hold.On, hold.Number);
            TellIfQuiet(queue);
            Serve(queue);
        }
        else if (hold.On)
            ports.Tell(job, new Pool.Quiet(hold.Number)); // it has not opened yet, and so nothing of it runs
    }

    public void Close(Pool.Close close)
    {
        if (!_jobs.Remove(close.Job, out var queue))
            return;
        queue.Withdraw();
        Place(queue);
        ports.Forget(close.Job);
        foreach (var worker in _workers.Values)
        {
            worker.Declined.Remove(close.Job);
            worker.Barred.Remove(close.Job);
            worker.Openings.Remove(close.Job);
            foreach (var report in worker.UncommittedOf(close.Job))
                Commit(new Pool.Committed(worker.Actor, report)); // the job may have ended without having read it
            if (worker.Jobs.Remove(close.Job))
                ports.Tell(worker.Actor, new Worker.Close(close.Job));
        }
        EndFiles(close.Job);
        Serve();
    }

    /// <summary>A piece of a job that is measured awaits something.</summary>
    public void Await(Pool.Awaiting awaiting, IActorRef worker)
    {
        if (_workers.ContainsKey(worker) && _jobs.TryGetValue(awaiting.Job, out var queue))
            ports.Tell(queue.Job, awaiting);
    }

    private void TellIfQuiet(JobQueue queue)
    {
        if (queue.IsHeld && queue.Holders.Count == 0)
            ports.Tell(queue.Job, new Pool.Quiet(queue.QuietFor, queue.IsReleased));
    }

    /// <summary>What comes back without having run: to the job if that wants it, or else in front of its queue.</summary>
    private void PutBack(JobQueue queue, Batch pieces)
    {
        if (pieces.Count == 0 || !IsOpen(queue))
            return;
        if (queue.IsReleased)
            ports.Tell(queue.Job, new Pool.Released(pieces));
        else if (queue.IsWithdrawn)
            ports.Tell(queue.Job, new Pool.Withdrawn(pieces.Count));
        else
            queue.Return(pieces);
        Place(queue);
    }

    /// <summary>Asks a job for pieces when half of what should wait here is used up.</summary>
    private void Want(JobQueue queue)
    {
        if (queue.IsWithdrawn)
            return;
        var ahead = BatchSize.Ahead(_settings, queue.PieceSeconds, _widest, _workers.Count);
        var missing = ahead - queue.Count - queue.Promised;
        if (missing <= 0 || missing < ahead / 2)
            return;
        queue.Promised += missing;
        ports.Tell(queue.Job, new Pool.Wanted(missing));
    }

    private void Pace() => _settings = _settings with { BatchTime = _settings.Way.BatchTime(_usualBatchTime, _workers.Count) };

    /// <summary>Puts a job where it belongs now; to be called whenever something of it has changed.</summary>
    private void Place(JobQueue queue)
    {
        _ready.Remove(queue);
        var isReady = queue.Count > 0 && !queue.IsHeld && queue.Workers > 0 && IsOpen(queue);
        if (isReady && queue.IsIdle)
            queue.LevelWith(_now);
        queue.IsIdle = !isReady && queue.Holders.Count == 0;
        Queued += queue.Move();
        if (isReady)
            _ready.Add(queue);
    }

    private bool IsOpen(JobQueue queue) => _jobs.TryGetValue(queue.Opened.Spec.Job, out var open) && open == queue;
}

/// <summary>Where a scheduler's words go, and who reminds it.</summary>
internal interface IPoolPorts
{
    /// <summary>Who is to be told that something is committed.</summary>
    IActorRef Pool { get; }

    void Tell(IActorRef to, object message);

    /// <summary>Have this told to the pool in a while; an earlier one of the same key is forgotten.</summary>
    void Remind(object key, object message, TimeSpan wait);

    void Forget(object key);
}
