using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <inheritdoc cref="Pool"/>
internal sealed class PoolActor : ReceiveActor, IWithTimers
{
    // Bytes of a piece on the wire beside its payload, at most.
    private const int PieceOverhead = 64;

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
    private readonly HashSet<long> _sessions = [];
    private IActorRef _supplier = ActorRefs.Nobody;
    private long _lastLease;
    private long _lastRecount;
    private bool _hadWorkers;

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
        Receive<Pool.Part>(OnPart);
        Receive<Pool.Report>(OnReport);
        Receive<Pool.Committed>(OnCommitted);
        Receive<Pool.Decline>(OnDecline);
        Receive<Pool.Leave>(OnLeave);
        Receive<Pool.Recount>(OnRecount);
        Receive<Pool.Held>(OnHeld);
        Receive<Pool.Admit>(admit => _sessions.Add(admit.Session));
        Receive<Pool.Expel>(OnExpel);
        Receive<Pool.Suspend>(OnSuspend);
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

    private void StartOwn(Func<long, Props> worker, int workers)
    {
        var session = System.Security.Cryptography.RandomNumberGenerator.GetInt32(1, int.MaxValue);
        _sessions.Add(session);
        for (var number = 1; number <= workers; number++)
            Context.Watch(Context.ActorOf(worker(session), $"worker-{number}"));
    }

    private void OnOpen(Pool.Open open)
    {
        // A new job starts level with the job that is served next: it neither waits for the old ones nor holds them up.
        var queue = new JobQueue(open, _jobs.Count == 0 ? 0 : _jobs.Values.Min(job => job.VirtualTime));
        _jobs.Add(open.Spec.Job, queue);
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
            queue.Promised -= Math.Min(queue.Promised, offer.Pieces.Length);
        if (queue.IsWithdrawn)
            queue.Job.Tell(new Pool.Withdrawn(offer.Pieces.Length));
        else if (offer.Again)
            foreach (var piece in offer.Pieces.Reverse())
                queue.Return(piece);
        else
            foreach (var piece in offer.Pieces)
                queue.Add(piece);
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
        queue.Job.Tell(new Pool.Released([.. queue.Release()]));
        TellIfQuiet(queue);
    }

    private void OnAwaiting(Pool.Awaiting awaiting)
    {
        if (SlotOf(awaiting.Session) is not null && _jobs.TryGetValue(awaiting.Job, out var queue))
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

    private static void PutBack(JobQueue queue, Piece piece)
    {
        if (queue.IsReleased)
            queue.Job.Tell(new Pool.Released([piece]));
        else if (queue.IsWithdrawn)
            queue.Job.Tell(new Pool.Withdrawn(1));
        else
            queue.Return(piece);
    }

    private void OnDecline(Pool.Decline decline)
    {
        if (SlotOf(decline.Session) is not { } worker || !_jobs.TryGetValue(decline.Job, out var queue) || !worker.Declined.Add(decline.Job))
            return;
        _log.Warning("job.declined {Job} by {Worker} of {From}: {Reason}", decline.Job, worker.Name, worker.Node, decline.Reason);
        queue.Refusal = $"{worker.Node} {decline.Reason}";
        foreach (var (id, lease) in worker.Leases.Where(pair => pair.Value.Queue == queue).ToList())
        {
            var pieces = lease.Pieces.Reverse().ToList();
            Drop(worker, id);
            pieces.ForEach(piece => PutBack(queue, piece));
        }
        TellIfQuiet(queue);
        AskWhetherDeclined(queue);
        Serve();
    }

    // Nodes may still be starting, and one of them may take it.
    private void AskWhetherDeclined(JobQueue queue)
    {
        if (queue.Refusal is not null)
            Timers.StartSingleTimer(queue.Opened.Spec.Job, new DeclinedByAll(queue.Opened.Spec.Job), _ownsWorkers ? TimeSpan.Zero : DeclinePatience);
    }

    /// <summary>A job that every worker has declined waits in vain.</summary>
    private void OnDeclinedByAll(DeclinedByAll declined)
    {
        if (_jobs.TryGetValue(declined.Job, out var queue) && queue.Refusal is { } reason && queue.Holders.Count == 0
            && _workers.Count > 0 && _workers.Values.All(worker => worker.Leaving || worker.Declined.Contains(declined.Job)))
            queue.Job.Tell(new Pool.Stranded(reason));
    }

    private void OnPart(Pool.Part part)
    {
        if (SlotOf(part.Session) is not { } worker || !worker.Leases.ContainsKey(part.Lease))
            return; // its report will be stale too
        if (!worker.Parts.TryGetValue((part.Lease, part.Piece), out var parts))
            worker.Parts[(part.Lease, part.Piece)] = parts = new ResultParts(_settings.MaxResult);
        parts.Add(part.Index, part.Bytes.Bytes);
    }

    /// <summary>Whether all parts are there of all results that come in parts; where not, the report comes again, with them.</summary>
    private static bool IsComplete(WorkerSlot worker, Pool.Report report) => report.Outcomes.All(outcome =>
        outcome.Parts == 0 || (worker.Parts.TryGetValue((report.Lease, outcome.Piece), out var parts) && (parts.IsTooBig || parts.Count == outcome.Parts)));

    /// <summary>The outcome with the result that came in parts.</summary>
    private Outcome Assembled(WorkerSlot worker, long lease, Piece piece, Outcome outcome)
    {
        if (outcome.Parts == 0 || !worker.Parts.Remove((lease, piece.Index), out var parts))
            return outcome;
        return parts.IsTooBig
            ? Outcome.Not(Verdict.GaveUp, piece, $"its result has more than the {_settings.MaxResult} bytes that this host takes (mailroom.wire.max-result)", null, outcome.Seconds)
            : outcome with { Result = parts.Joined(), Parts = 0 };
    }

    private void OnClose(Pool.Close close)
    {
        if (!_jobs.Remove(close.Job))
            return;
        Timers.Cancel(close.Job);
        foreach (var worker in _workers.Values)
        {
            worker.Declined.Remove(close.Job);
            foreach (var report in worker.Uncommitted.Where(pair => pair.Value == close.Job).Select(pair => pair.Key).ToList())
                OnCommitted(new Pool.Committed(worker.Actor, report)); // the job may have ended without having read it
            if (worker.Jobs.Remove(close.Job))
                worker.Actor.Tell(new Worker.Close(close.Job));
        }
        Serve();
    }

    private void OnAsk(Pool.Ask ask)
    {
        if (!_sessions.Contains(ask.Session))
        {
            _log.Warning("worker.refused {Worker} of {From}: its session is not one of ours", ask.Name, ask.Node);
            return;
        }
        Sender.Tell(new Worker.Admitted());
        if (_workers.TryGetValue(Sender, out var known) && known.Life == ask.Life)
            return; // it asked again before it was answered
        Lose(Sender, "the worker started anew", crashed: false);
        _workers[Sender] = new WorkerSlot(Sender, ask);
        _hadWorkers = true;
        TellWaiting(null);
        _log.Info("worker.joined {Worker} of {From} runs {Width} at once", ask.Name, ask.Node, ask.Width);
        foreach (var queue in _jobs.Values)
            Want(queue);
        Serve();
    }

    private void OnReport(Pool.Report report)
    {
        var worker = SlotOf(report.Session);
        if (worker is not null && worker.Uncommitted.ContainsKey(report.Number))
            return; // it came again while the disk takes its time
        if (worker is null || !worker.Leases.TryGetValue(report.Lease, out var lease))
        {
            Stale(report, report.Outcomes.Length);
            Acknowledge(Sender, report.Number);
            return;
        }
        if (!IsComplete(worker, report))
            return;
        var settled = ImmutableArray.CreateBuilder<Pool.Settlement>(report.Outcomes.Length);
        double seconds = 0;
        var stale = 0;
        foreach (var outcome in report.Outcomes)
        {
            if (lease.Settle(outcome) is not { } piece)
                stale++;
            else if (outcome.Verdict == Verdict.HandedBack)
                PutBack(lease.Queue, piece);
            else
            {
                settled.Add(new Pool.Settlement(piece, Assembled(worker, report.Lease, piece, outcome), worker.Node, worker.Name));
                seconds += outcome.Seconds;
            }
        }
        if (lease.Count == 0)
            Drop(worker, report.Lease);
        if (stale > 0)
            Stale(report, stale);
        if (settled.Count > 0 && IsOpen(lease.Queue))
            Settle(lease, worker, settled.DrainToImmutable(), seconds, report.Number);
        else
            Acknowledge(Sender, report.Number); // nothing of it will be committed
        TellIfQuiet(lease.Queue);
        Serve();
    }

    private void OnCommitted(Pool.Committed committed)
    {
        if (_workers.TryGetValue(committed.Worker, out var worker))
            worker.Uncommitted.Remove(committed.Report);
        Acknowledge(committed.Worker, committed.Report);
    }

    // Inside a process reports have no number, and nobody keeps them.
    private static void Acknowledge(IActorRef worker, long report)
    {
        if (report != 0)
            worker.Tell(new Worker.Acknowledged(report));
    }

    private void Settle(Lease lease, WorkerSlot worker, ImmutableArray<Pool.Settlement> settled, double seconds, long report)
    {
        if (report != 0)
            worker.Uncommitted[report] = lease.Queue.Opened.Spec.Job;
        lease.Queue.Measure(seconds, settled.Length);
        lease.Queue.Charge((seconds - (settled.Length * lease.Fare)) / worker.Width);
        lease.Queue.Job.Tell(new Pool.Settled(settled, report == 0 ? null : new Pool.Receipt(Self, worker.Actor, report)));
    }

    private void OnOutOfWorkers(Pool.OutOfWorkers none)
    {
        _log.Error("pool.degraded {Reason}", none.Reason);
        if (_workers.Count > 0)
            return;
        foreach (var queue in _jobs.Values)
            queue.Job.Tell(new Pool.Stranded(none.Reason));
    }

    private void TellWaiting(string? reason)
    {
        if (_away == reason)
            return;
        _away = reason;
        foreach (var queue in _jobs.Values)
            queue.Job.Tell(new Pool.Waiting(reason));
    }

    private void OnSuspend(Pool.Suspend suspend)
    {
        foreach (var worker in Of(suspend.Session))
            worker.Suspended = true;
        foreach (var queue in _jobs.Values)
            AskWhetherDeclined(queue);
    }

    // Again and again until each has answered, because the question or the answer may be lost as well.
    private void OnRecount(Pool.Recount recount)
    {
        foreach (var worker in Of(recount.Session).Where(worker => worker.Suspended))
        {
            worker.Recount = ++_lastRecount;
            worker.Actor.Tell(new Worker.Recount(_lastRecount));
            Timers.StartSingleTimer(recount, recount, RecountPatience);
        }
    }

    /// <summary>What a worker was leased and does not hold has been lost on the way, for it has just sent all its reports again.</summary>
    private void OnHeld(Pool.Held held)
    {
        if (SlotOf(held.Session) is not { } worker || worker.Recount != held.Recount)
            return;
        (worker.Suspended, worker.Recount) = (false, 0);
        worker.Jobs.IntersectWith(held.Jobs);
        foreach (var job in held.Jobs.Where(job => !_jobs.TryGetValue(job, out var queue) || queue.IsCancelled))
            worker.Actor.Tell(new Worker.Close(job));
        foreach (var (id, lease) in worker.Leases.Where(pair => !held.Leases.Contains(pair.Key)).ToList())
            GiveBack(worker, id, lease, "it was lost with the connection", crashed: false);
        Serve();
    }

    private void OnLeave(Pool.Leave leave)
    {
        SlotOf(leave.Session)?.Leaving = true;
        StrandIfAllAreStuck();
    }

    // A worker of the host's own only leaves when it has left behind too many threads that never end.
    private void StrandIfAllAreStuck()
    {
        if (!_ownsWorkers || !_hadWorkers || !_workers.Values.All(worker => worker.Leaving))
            return;
        foreach (var queue in _jobs.Values)
            queue.Job.Tell(new Pool.Stranded("every worker has broken, or has left behind as many threads with pieces that never end as it may; start the host again, and run such work by processes"));
    }

    private IEnumerable<WorkerSlot> Of(long session) => _workers.Values.Where(worker => worker.Session == session);

    private void OnExpel(Pool.Expel expel)
    {
        _sessions.Remove(expel.Session);
        OnSuspend(new Pool.Suspend(expel.Session)); // or the first one's pieces would be leased to the next one lost
        foreach (var worker in Of(expel.Session).ToList())
            Lose(worker.Actor, expel.Reason, expel.Crashed);
    }

    /// <summary>Leases pieces as long as there is a worker with room for a job that has some: the job that had the least goes first.</summary>
    private void Serve()
    {
        while (Next() is var (queue, worker, count) && count > 0)
            Grant(queue, worker, count);
        foreach (var queue in _jobs.Values)
            Want(queue);
        _status.State = $"{_jobs.Values.Sum(job => job.Count)} queued, {_workers.Values.Sum(worker => worker.Pieces)} leased";
    }

    private (JobQueue Queue, WorkerSlot Worker, int Count) Next()
    {
        // Among equals the newest: a job that has just come need not wait for one more piece of the old one.
        foreach (var queue in _jobs.Values.Reverse().Where(queue => queue.Count > 0 && !queue.IsHeld).OrderBy(queue => queue.VirtualTime))
            foreach (var worker in _workers.Values.OrderBy(worker => worker.Pieces))
                if (Batch.Room(_settings, worker, queue, Neighbours(worker)) is > 0 and var count)
                    return (queue, worker, count);
        return default;
    }

    /// <summary>The workers that would end with this one if its process did.</summary>
    private IEnumerable<WorkerSlot> Neighbours(WorkerSlot worker) => Of(worker.Session);

    private void Grant(JobQueue queue, WorkerSlot worker, int count)
    {
        var pieces = Take(queue, count);
        if (pieces.Length == 0)
            return;
        var spec = queue.Opened.Spec;
        if (worker.Jobs.Add(spec.Job))
            worker.Actor.Tell(new Worker.Open(spec, queue.Opened.Work));
        var lease = new Lease(queue, pieces);
        worker.Leases.Add(++_lastLease, lease);
        queue.Holders[worker.Actor] = queue.Holders.GetValueOrDefault(worker.Actor) + 1;
        queue.Charge(pieces.Length * lease.Fare / worker.Width);
        worker.Actor.Tell(new Worker.Lease(_lastLease, spec.Job, ImmutableArray.Create(pieces)));
        if (_log.IsDebugEnabled)
            _log.Debug("lease.granted {Lease} of job {Job} to {Worker} of {From}: {Count} pieces from {First}", _lastLease, spec.Job, worker.Name, worker.Node, pieces.Length, pieces[0].Index);
    }

    /// <summary>Takes pieces for one batch; a piece too big for the wire is settled here, because the transport would drop it in silence.</summary>
    private Piece[] Take(JobQueue queue, int count)
    {
        var crashes = queue.Peek().Crashes;
        var pieces = new List<Piece>(Math.Min(count, queue.Count));
        var bytes = 0;
        while (pieces.Count < count && queue.Count > 0 && queue.Peek() is var next && next.Crashes == crashes)
        {
            var size = _settings.BatchBytes is null ? 0 : PieceOverhead + next.Payload.Bytes.Length;
            if (size > _settings.BatchBytes)
                Refuse(queue, queue.Take(), size - PieceOverhead);
            else if (bytes + size > _settings.BatchBytes)
                break;
            else
            {
                pieces.Add(queue.Take());
                bytes += size;
            }
        }
        return [.. pieces];
    }

    private void Refuse(JobQueue queue, Piece piece, int size)
    {
        var outcome = Outcome.Not(Verdict.GaveUp, piece, $"the piece has {size} bytes; at most {_settings.BatchBytes} can be sent to a node (mailroom.wire.max-payload)", null, 0);
        queue.Job.Tell(new Pool.Settled([new Pool.Settlement(piece, outcome, "host", Self.Path.Name)]));
    }

    /// <summary>Asks a job for pieces when half of what should wait here is used up.</summary>
    private void Want(JobQueue queue)
    {
        if (queue.IsWithdrawn)
            return;
        var width = _workers.Count == 0 ? 1 : _workers.Values.Max(worker => worker.Width);
        var ahead = Batch.Ahead(_settings, queue.PieceSeconds, width, _workers.Count);
        var missing = ahead - queue.Count - queue.Promised;
        if (missing <= 0 || missing < ahead / 2)
            return;
        queue.Promised += missing;
        queue.Job.Tell(new Pool.Wanted(missing));
    }

    /// <summary>Forgets a worker and puts what it held back into the queues; suspects of a crash within their budget.</summary>
    private void Lose(IActorRef actor, string reason, bool crashed)
    {
        if (!_workers.Remove(actor, out var worker))
            return;
        foreach (var (id, lease) in worker.Leases.ToList())
            GiveBack(worker, id, lease, reason, crashed);
        foreach (var queue in _jobs.Values)
            AskWhetherDeclined(queue);
        Serve();
    }

    /// <summary>Takes a lease from its worker: what is left of it goes back to the queue, or to its job where a crash may have been its fault.</summary>
    private void GiveBack(WorkerSlot worker, long id, Lease lease, string reason, bool crashed)
    {
        var pieces = lease.Pieces.ToList();
        var queue = lease.Queue;
        Drop(worker, id);
        if (!IsOpen(queue))
            return;
        _log.Info("lease.returned {Lease} of job {Job}: {Count} pieces of {Worker} on {From} go back to the queue: {Reason}",
            id, queue.Opened.Spec.Job, pieces.Count, worker.Name, worker.Node, reason);
        if (queue.IsReleased)
            queue.Job.Tell(new Pool.Released([.. pieces]));
        else if (queue.IsWithdrawn)
            queue.Job.Tell(new Pool.Withdrawn(pieces.Count));
        else if (crashed)
            queue.Job.Tell(new Pool.Settled([.. pieces.Select(piece => new Pool.Settlement(piece, Outcome.Not(Verdict.Crashed, piece, reason, null, 0), worker.Node, worker.Name))]));
        else
            foreach (var piece in Enumerable.Reverse(pieces))
                queue.Return(piece);
        TellIfQuiet(queue);
    }

    private static void Drop(WorkerSlot worker, long id)
    {
        worker.Leases.Remove(id, out var lease);
        if (worker.Parts.Count > 0)
            foreach (var parts in worker.Parts.Keys.Where(key => key.Lease == id).ToList())
                worker.Parts.Remove(parts);
        var holders = lease!.Queue.Holders;
        if (--holders[worker.Actor] == 0)
            holders.Remove(worker.Actor);
    }

    private WorkerSlot? SlotOf(long session) => _workers.TryGetValue(Sender, out var worker) && worker.Session == session ? worker : null;

    private bool IsOpen(JobQueue queue) => _jobs.TryGetValue(queue.Opened.Spec.Job, out var open) && open == queue;

    private void Stale(Pool.Report report, int count)
    {
        _log.Debug("outcome.stale {Count} of job {Job} under lease {Lease} are dropped", count, report.Job, report.Lease);
        if (_jobs.TryGetValue(report.Job, out var queue))
            queue.Job.Tell(new Pool.Stale(count));
    }

    private sealed record DeclinedByAll(int Job) : ILocalMessage;
}
