using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Logs;

namespace Mailroom.Pools;

/// <content>The workers: how they come, how they are doubted and lost, and what becomes of what they held.</content>
internal sealed partial class Scheduler
{
    // Jobs that a worker knows, far more than it can be told of at once.
    private const int MaxHeldJobs = 1_000;

    // Sessions that are over, of which something may still be on its way.
    private const int MaxEnded = 1_000;

    // How long a worker may take to say what it holds before it is asked again.
    private static readonly TimeSpan RecountPatience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<IActorRef, WorkerSlot> _workers = [];
    private readonly Dictionary<long, WorkerSession> _sessions = [];
    private readonly Queue<long> _ended = new();

    // How long a word to the workers of a session takes to be answered.
    private readonly Dictionary<long, TimeSpan> _distances = [];

    // The workers that may have room for some job: the one that holds the least goes first.
    private readonly SortedSet<WorkerSlot> _free = new(WorkerSlot.ByLoad);
    private long _lastWorker;
    private long _lastRecount;
    private int _widest = 1;
    private bool _hadWorkers;

    /// <summary>A job that all workers decline waits in vain.</summary>
    public sealed record DeclinedByAll(int Job) : ILocalMessage;

    public void Join(Pool.Ask ask, IActorRef actor)
    {
        if (_ended.Contains(ask.Session))
            return;
        ports.Tell(actor, new Worker.Admitted());
        if (_workers.TryGetValue(actor, out var known) && known.Life == ask.Life)
            return; // it asked again before it was answered
        Lose(actor, "the worker started anew", crashed: false);
        if (!_sessions.TryGetValue(ask.Session, out var session))
            _sessions[ask.Session] = session = new WorkerSession(ask.Session) { RoundTrip = _distances.GetValueOrDefault(ask.Session) };
        var worker = new WorkerSlot(actor, ask, session, ++_lastWorker);
        session.Workers.Add(worker);
        _workers[actor] = worker;
        (_hadWorkers, _widest) = (true, _workers.Values.Max(one => one.Width));
        if (worker.Site.IsHere)
            _none = null;
        Pace();
        Place(worker);
        _away = null;
        log.Info(Event.WorkerJoined, "{Worker} of {From} runs {Width} at once", ask.Name, ask.Node, ask.Width);
        foreach (var queue in _jobs.Values)
        {
            Meet(worker, queue);
            Place(queue);
            TellWaiting(queue);
            Want(queue);
        }
        Serve();
    }

    /// <summary>A worker is offered nothing of a job that may not run there, or whose files it has not got yet.</summary>
    private void Meet(WorkerSlot worker, JobQueue queue)
    {
        if (queue.MayRunOn(worker) && HasFiles(worker, queue))
            queue.Workers++;
        else
            worker.Barred.Add(queue.Opened.Spec.Job);
    }

    private static void Part(WorkerSlot worker, JobQueue queue)
    {
        if (!worker.Barred.Contains(queue.Opened.Spec.Job))
            queue.Workers--;
    }

    /// <summary>A worker wants nothing more.</summary>
    public void Leave(IActorRef actor)
    {
        if (_workers.TryGetValue(actor, out var worker))
        {
            worker.Leaving = true;
            Place(worker);
        }
        StrandIfAllAreStuck();
    }

    public void Decline(Pool.Decline decline, IActorRef actor)
    {
        if (_workers.TryGetValue(actor, out var worker) && _jobs.TryGetValue(decline.Job, out var queue))
            Decline(worker, queue, decline);
    }

    private void Decline(WorkerSlot worker, JobQueue queue, Pool.Decline decline)
    {
        var job = decline.Job;
        if (!worker.Declined.Add(job))
            return;
        Action<Event, string, object?[]> say = decline.IsWished ? log.Info : log.Warning;
        say(Event.JobDeclined, "{Job} by {Worker} of {From}: {Reason}", [job, worker.Name, worker.Node, decline.Reason]);
        queue.Refusal = $"{worker.Node} {decline.Reason}";
        foreach (var (id, lease) in worker.Leases.Where(pair => pair.Value.Queue == queue).ToList())
        {
            var pieces = lease.Pieces.Left;
            Drop(worker, id);
            PutBack(queue, pieces);
        }
        Place(worker);
        TellIfQuiet(queue);
        AskWhetherDeclined(queue);
        Serve();
    }

    private void AskWhetherDeclined(JobQueue queue)
    {
        var job = queue.Opened.Spec.Job;
        if (queue.Refusal is not null)
            ports.Remind(job, new DeclinedByAll(job), _settings.Way.DeclinePatience);
    }

    public void Strand(DeclinedByAll declined)
    {
        if (_jobs.TryGetValue(declined.Job, out var queue) && queue is { Refusal: { } reason, Holders.Count: 0, Workers: > 0, Sendings: 0 })
        {
            var others = _workers.Values.Where(worker => worker.Takes(declined.Job)).ToList();
            if (others.Count == 0)
                ports.Tell(queue.Job, new Pool.Stranded(reason));
            else if (others.TrueForAll(worker => worker.Leaving))
                AskWhetherDeclined(queue); // who leaves may come back
        }
    }

    public void Measure(Pool.Distance distance)
    {
        if (_ended.Contains(distance.Session))
            return;
        _distances[distance.Session] = distance.RoundTrip; // for workers that begin anew
        if (!_sessions.TryGetValue(distance.Session, out var session))
            return;
        session.RoundTrip = distance.RoundTrip;
        foreach (var worker in session.Workers)
            Place(worker);
        Serve();
    }

    public void Suspend(long session)
    {
        foreach (var worker in Of(session))
        {
            worker.Suspended = true;
            Place(worker);
        }
        foreach (var queue in _jobs.Values)
            AskWhetherDeclined(queue);
    }

    public void End(long session)
    {
        _distances.Remove(session);
        _ended.Enqueue(session);
        if (_ended.Count > MaxEnded)
            _ended.Dequeue();
        Suspend(session);
    }

    // Again and again until each has answered, because the question or the answer may be lost as well.
    public void Recount(Pool.Recount recount)
    {
        foreach (var worker in Of(recount.Session).Where(worker => worker.Suspended))
        {
            worker.Recount = ++_lastRecount;
            ports.Tell(worker.Actor, new Worker.Recount(_lastRecount));
            ports.Remind(recount, recount, RecountPatience);
        }
    }

    /// <summary>What a worker was leased and does not hold has been lost on the way, for it has just sent all its reports again.</summary>
    public void Hear(Pool.Held held, IActorRef actor)
    {
        if (
            !_workers.TryGetValue(actor, out var worker)
            || held.Recount == 0
            || worker.Recount != held.Recount
            || _ended.Contains(worker.Session.Id)
        )
            return;
        (worker.Suspended, worker.Recount) = (false, 0);
        worker.Jobs.IntersectWith(held.Jobs);
        foreach (
            var job in held.Jobs.Distinct().Take(MaxHeldJobs).Where(job => !_jobs.TryGetValue(job, out var queue) || queue.IsCancelled)
        )
            ports.Tell(worker.Actor, new Worker.Close(job));
        foreach (var (id, lease) in worker.Leases.Where(pair => !held.Leases.Contains(pair.Key)).ToList())
            GiveBack(worker, id, lease, "it was lost with the connection", crashed: false);
        Place(worker);
        Serve();
    }

    /// <summary>Forgets a worker and puts what it held back into the queues; suspects of a crash within their budget.</summary>
    public void Lose(IActorRef actor, string reason, bool crashed)
    {
        if (!_workers.Remove(actor, out var worker))
            return;
        Pace();
        worker.Leaving = true;
        Place(worker);
        foreach (var queue in _jobs.Values)
            Part(worker, queue);
        foreach (var (id, lease) in worker.Leases.ToList())
            GiveBack(worker, id, lease, reason, crashed);
        worker.Session.Workers.Remove(worker);
        if (worker.Session.Workers.Count == 0 && _sessions.Remove(worker.Session.Id))
            LoseFiles(worker.Session);
        foreach (var queue in _jobs.Values)
        {
            Place(queue);
            AskWhetherDeclined(queue);
            TellWaiting(queue);
        }
        Serve();
        StrandIfNoneIsLeft();
    }

    public void Supply(IActorRef supplier) => _supplier = supplier;

    /// <summary>The supplier's own workers are gone, and will not come.</summary>
    public void RunOut(Pool.OutOfWorkers none)
    {
        if (_none?.Reason != none.Reason)
            log.Error(Event.PoolDegraded, "{Reason}", none.Reason);
        _none = none;
        StrandIfNoneIsLeft();
    }

    // The word that none will come may be here before the last one's link has told that it is gone.
    private void StrandIfNoneIsLeft()
    {
        if (_none is { } none)
            Strand(none.Reason, queue => queue is { Workers: 0, Sendings: 0 } && none.Concerns(queue.Opened.Where));
    }

    /// <summary>Jobs wait for what only the user can bring, or no longer.</summary>
    public void TellWaiting(string? reason)
    {
        _away = reason;
        foreach (var queue in _jobs.Values)
            TellWaiting(queue);
    }

    // A job that named nodes waits for them from the start; one that did not, only where others are here that it may not use: its own may
    // be starting.
    private void TellWaiting(JobQueue queue)
    {
        var isAway = queue.Opened.Where is { } where && (where.Nodes.Count > 0 || _workers.Count > 0);
        var reason =
            !isAway || queue.Workers > 0 ? _away
            : queue.Sendings > 0 ? $"its files are on their way to {Quantity.Of(queue.Sendings, "node")}"
            : $"it waits for {queue.Opened.Where!.Text}";
        if (queue.Waits == reason)
            return;
        queue.Waits = reason;
        ports.Tell(queue.Job, new Pool.Waiting(reason, IsForLong: queue.Sendings == 0));
    }

    // A worker of the host's own only leaves when it has left behind too many threads that never end.
    public void StrandIfAllAreStuck()
    {
        if (_settings.Way.IsClosed && _hadWorkers && _workers.Values.All(worker => worker.Leaving))
            Strand(
                "every worker has broken, or has left behind as many threads with pieces that never end as it may; start the host "
                    + "again, and run such work by processes",
                _ => true
            );
    }

    private void Strand(string reason, Func<JobQueue, bool> isStranded)
    {
        foreach (var queue in _jobs.Values.Where(isStranded))
            ports.Tell(queue.Job, new Pool.Stranded(reason));
    }

    /// <summary>Puts a worker where it belongs now; to be called whenever something of it has changed.</summary>
    private void Place(WorkerSlot worker)
    {
        _free.Remove(worker);
        worker.Move();
        if (BatchSize.MayHaveRoom(_settings, worker))
            _free.Add(worker);
    }

    private IReadOnlyCollection<WorkerSlot> Of(long session) => _sessions.GetValueOrDefault(session)?.Workers ?? [];
}
