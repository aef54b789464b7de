using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;

namespace Mailroom.Pools;

/// <content>The workers of a pool: how they come, how they are doubted and lost, and what becomes of what they held.</content>
internal sealed partial class PoolActor
{
    private static void StartOwn(Func<long, Props> worker, int workers)
    {
        for (var number = 1; number <= workers; number++)
            Context.Watch(Context.ActorOf(worker(OwnSession), $"worker-{number}"));
    }

    private void OnAsk(Pool.Ask ask)
    {
        if (_ended.Contains(ask.Session))
            return;
        Sender.Tell(new Worker.Admitted());
        if (_workers.TryGetValue(Sender, out var known) && known.Life == ask.Life)
            return; // it asked again before it was answered
        Lose(Sender, "the worker started anew", crashed: false);
        _workers[Sender] = new WorkerSlot(Sender, ask);
        (_hadWorkers, _none) = (true, null);
        TellWaiting(null);
        _log.Info("worker.joined {Worker} of {From} runs {Width} at once", ask.Name, ask.Node, ask.Width);
        foreach (var queue in _jobs.Values)
            Want(queue);
        Serve();
    }

    private void OnLeave()
    {
        SlotOf()?.Leaving = true;
        StrandIfAllAreStuck();
    }

    private void OnDecline(Pool.Decline decline)
    {
        if (SlotOf() is { } worker && _jobs.TryGetValue(decline.Job, out var queue))
            Decline(worker, queue, decline.Reason);
    }

    private void Decline(WorkerSlot worker, JobQueue queue, string reason)
    {
        var job = queue.Opened.Spec.Job;
        if (!worker.Declined.Add(job))
            return;
        _log.Warning("job.declined {Job} by {Worker} of {From}: {Reason}", job, worker.Name, worker.Node, reason);
        queue.Refusal = $"{worker.Node} {reason}";
        foreach (var (id, lease) in worker.Leases.Where(pair => pair.Value.Queue == queue).ToList())
        {
            var pieces = lease.Pieces.Left;
            Drop(worker, id);
            PutBack(queue, pieces);
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

    private void OnSuspend(Pool.Suspend suspend)
    {
        foreach (var worker in Of(suspend.Session))
            worker.Suspended = true;
        foreach (var queue in _jobs.Values)
            AskWhetherDeclined(queue);
    }

    private void OnEnd(Pool.End end)
    {
        _ended.Enqueue(end.Session);
        if (_ended.Count > MaxEnded)
            _ended.Dequeue();
        OnSuspend(new Pool.Suspend(end.Session));
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
        if (SlotOf() is not { } worker || held.Recount == 0 || worker.Recount != held.Recount || _ended.Contains(worker.Session))
            return;
        (worker.Suspended, worker.Recount) = (false, 0);
        worker.Jobs.IntersectWith(held.Jobs);
        foreach (var job in held.Jobs.Distinct().Take(MaxHeldJobs).Where(job => !_jobs.TryGetValue(job, out var queue) || queue.IsCancelled))
            worker.Actor.Tell(new Worker.Close(job));
        foreach (var (id, lease) in worker.Leases.Where(pair => !held.Leases.Contains(pair.Key)).ToList())
            GiveBack(worker, id, lease, "it was lost with the connection", crashed: false);
        Serve();
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
        StrandIfNoneIsLeft();
    }

    /// <summary>Takes a lease from its worker: what is left of it goes back to the queue, or to its job where a crash may have been its fault.</summary>
    private void GiveBack(WorkerSlot worker, long id, Lease lease, string reason, bool crashed)
    {
        var pieces = lease.Pieces.Left;
        var queue = lease.Queue;
        Drop(worker, id);
        if (!IsOpen(queue))
            return;
        _log.Info("lease.returned {Lease} of job {Job}: {Count} pieces of {Worker} on {From} go back to the queue: {Reason}",
            id, queue.Opened.Spec.Job, pieces.Count, worker.Name, worker.Node, reason);
        if (crashed && !queue.IsReleased && !queue.IsWithdrawn)
            queue.Job.Tell(new Pool.Settled(Ends.Each(pieces, piece => Outcome.Not(How.Crashed, piece, reason, null, 0)), worker.By));
        else
            PutBack(queue, pieces);
        TellIfQuiet(queue);
    }

    private static void Drop(WorkerSlot worker, long id)
    {
        worker.Leases.Remove(id, out var lease);
        lease!.Queue.Leases.Remove(lease);
        var holders = lease.Queue.Holders;
        if (--holders[worker.Actor] == 0)
            holders.Remove(worker.Actor);
    }

    private void OnOutOfWorkers(Pool.OutOfWorkers none)
    {
        _log.Error("pool.degraded {Reason}", none.Reason);
        _none = none.Reason;
        StrandIfNoneIsLeft();
    }

    // The word that none will come may be here before the last one's link has told that it is gone.
    private void StrandIfNoneIsLeft()
    {
        if (_none is not { } reason || _workers.Count > 0)
            return;
        _none = null;
        foreach (var queue in _jobs.Values)
            queue.Job.Tell(new Pool.Stranded(reason));
    }

    private void TellWaiting(string? reason)
    {
        if (_away == reason)
            return;
        _away = reason;
        foreach (var queue in _jobs.Values)
            queue.Job.Tell(new Pool.Waiting(reason));
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

    private WorkerSlot? SlotOf() => _workers.GetValueOrDefault(Sender);

    private sealed record DeclinedByAll(int Job) : ILocalMessage;
}
