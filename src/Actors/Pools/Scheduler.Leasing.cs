using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Logs;

namespace Mailroom.Pools;

/// <content>Which pieces go to which worker, and what became of them.</content>
internal sealed partial class Scheduler
{
    // So many times told of a job and each time a lease handed back, with nothing begun, and the worker is offered no more of it.
    // Many, because each of them may be chance: a connection that broke lost what the worker was told.
    private const int MaxUnbegun = 50;

    private long _lastLease;

    public void Report(Pool.Report report, IActorRef from)
    {
        var worker = _workers.GetValueOrDefault(from);
        if (worker is not null && worker.IsUncommitted(report.Number))
            return; // it came again while the disk takes its time
        if (worker is null || !worker.Leases.TryGetValue(report.Lease, out var lease))
        {
            TellStale(report, report.Late + report.Ends.Count);
            _settings.Way.Acknowledge(ports, from, report.Number);
            return;
        }
        var held = lease.Pieces.Settle(report.Ends);
        var stale = report.Late + report.Ends.Count - held.Count;
        var (ran, back) = Sorted(held);
        Unload(lease, held.Count);
        PutBack(lease.Queue, back);
        if (lease.Count == 0)
            Drop(worker, report.Lease);
        if (stale > 0)
            TellStale(report, stale);
        if (ran.Count > 0 && worker.Openings.TryGetValue(report.Job, out var opening) && opening.Unbegun > 0)
            worker.Openings[report.Job] = opening with { Unbegun = 0 };
        else if (ran.Count == 0 && lease.Count == 0 && stale == 0)
            OnUnbegun(worker, lease.Queue, report.Lease);
        if (ran.Count > 0 && IsOpen(lease.Queue))
            Settle(lease, ran, report);
        else
            _settings.Way.Acknowledge(ports, from, report.Number); // nothing of it will be committed
        Place(worker);
        TellIfQuiet(lease.Queue);
        Serve(lease.Queue);
    }

    public void Commit(Pool.Committed committed)
    {
        if (_workers.TryGetValue(committed.Worker, out var worker))
        {
            var waited = BatchSize.WaitsForTheDisk(worker);
            worker.Commit(committed.Report);
            if (waited)
            {
                Place(worker);
                Serve();
            }
        }
        _settings.Way.Acknowledge(ports, committed.Worker, committed.Report);
    }

    private void Serve(JobQueue queue)
    {
        Place(queue);
        Serve();
        Want(queue);
    }

    /// <summary>Leases pieces as long as there is a worker with room for a job that has some.</summary>
    private void Serve()
    {
        while (Next() is var (queue, worker, count) && count > 0)
        {
            Grant(queue, worker, count);
            Place(queue);
            Place(worker);
            Want(queue);
        }
    }

    private (JobQueue Queue, WorkerSlot Worker, int Count) Next()
    {
        foreach (var queue in _ready)
        foreach (var worker in _free)
            if (BatchSize.Room(_settings, worker, queue) is > 0 and var count)
                return (queue, worker, count);
        return default;
    }

    private void Grant(JobQueue queue, WorkerSlot worker, int count)
    {
        var pieces = _settings.Way.Take(queue, count, (piece, reason) => Refuse(queue, piece, reason));
        if (pieces.Count == 0)
            return;
        var spec = queue.Opened.Spec;
        if (worker.Jobs.Add(spec.Job))
        {
            worker.Openings[spec.Job] = (_lastLease + 1, worker.Openings.GetValueOrDefault(spec.Job).Unbegun);
            ports.Tell(worker.Actor, new Worker.Open(spec, queue.Opened.Work));
        }
        var lease = new Lease(queue, worker, pieces);
        worker.Leases.Add(++_lastLease, lease);
        worker.Load(pieces.Count, lease.Suspect);
        Leased += pieces.Count;
        queue.Load(lease);
        _now = Math.Max(_now, queue.VirtualTime);
        queue.Charge(pieces.Count * lease.Fare / worker.Width);
        ports.Tell(worker.Actor, new Worker.Lease(_lastLease, spec.Job, pieces, _settings.BatchTime));
        if (log.IsDebugEnabled)
            log.Debug(
                Event.LeaseGranted,
                "{Lease} of job {Job} to {Worker} of {From}: {Count} from piece {First}",
                _lastLease,
                spec.Job,
                worker.Name,
                worker.Node,
                pieces.Count,
                pieces.Index(0)
            );
    }

    private void Refuse(JobQueue queue, Piece piece, string reason) =>
        ports.Tell(
            queue.Job,
            new Pool.Settled([Outcome.Not(How.GaveUp, piece, reason, null, 0)], new RanBy("host", name), Pool.Receipt.None)
        );

    /// <summary>What has run, and what comes back without having been begun.</summary>
    private static (Ends Ran, Batch Back) Sorted(Ends ends)
    {
        if (!ends.Others.Any(outcome => outcome.How == How.HandedBack))
            return (ends, Batch.Empty);
        var isBack = ends.Others.ToLookup(outcome => outcome.How == How.HandedBack);
        var ran = new Ends(ends.Done, ends.DoneSeconds, [.. isBack[false]]) { Costs = ends.Costs };
        return (ran, [.. isBack[true].Select(outcome => outcome.Piece)]);
    }

    /// <summary>
    /// A lease came back of which nothing was begun. Perhaps its worker does not know the job: it is told again. One that does so again and
    /// again can't run it.
    /// </summary>
    private void OnUnbegun(WorkerSlot worker, JobQueue queue, long lease)
    {
        var job = queue.Opened.Spec.Job;
        if (queue.IsReleased)
            return; // it was asked for them
        if (!worker.Openings.TryGetValue(job, out var opening) || lease < opening.First)
            return; // it was granted before the worker was last told of the job
        worker.Jobs.Remove(job);
        worker.Openings[job] = opening with { First = long.MaxValue, Unbegun = opening.Unbegun + 1 };
        if (opening.Unbegun + 1 >= MaxUnbegun && !worker.Leaving && IsOpen(queue))
            Decline(worker, queue, new(queue.Opened.Spec.Job, $"has handed back {MaxUnbegun} batches in a row without having begun any"));
    }

    private void Settle(Lease lease, Ends ran, Pool.Report report)
    {
        var (queue, worker, seconds) = (lease.Queue, lease.Worker, ran.Seconds);
        queue.Measure(seconds, ran.Count);
        queue.Charge((seconds - (ran.Count * lease.Fare)) / worker.Width);
        ports.Tell(queue.Job, new Pool.Settled(ran, worker.By, _settings.Way.Receive(worker, report, ports.Pool)));
    }

    private void TellStale(Pool.Report report, int count)
    {
        log.Debug(Event.OutcomeStale, "{Count} of job {Job} under lease {Lease} are dropped", count, report.Job, report.Lease);
        if (_jobs.TryGetValue(report.Job, out var queue))
            ports.Tell(queue.Job, new Pool.Stale(count));
    }

    /// <summary>
    /// Takes a lease from its worker: what is left of it goes back to the queue, or to its job where a crash may have been its fault.
    /// </summary>
    private void GiveBack(WorkerSlot worker, long id, Lease lease, string reason, bool crashed)
    {
        var (pieces, queue) = (lease.Pieces.Left, lease.Queue);
        Drop(worker, id);
        if (!IsOpen(queue))
            return;
        log.Info(
            Event.LeaseReturned,
            "{Lease} of job {Job} goes back to the queue with {Count} of {Worker} on {From}: {Reason}",
            id,
            queue.Opened.Spec.Job,
            pieces.Count,
            worker.Name,
            worker.Node,
            reason
        );
        if (crashed && !queue.IsReleased && !queue.IsWithdrawn)
            ports.Tell(
                queue.Job,
                new Pool.Settled(Ends.Each(pieces, piece => Outcome.Not(How.Crashed, piece, reason, null, 0)), worker.By, Pool.Receipt.None)
            );
        else
            PutBack(queue, pieces);
        TellIfQuiet(queue);
    }

    private void Drop(WorkerSlot worker, long id)
    {
        worker.Leases.Remove(id, out var lease);
        Unload(lease!, lease!.Count);
        worker.Unload(0, lease.Suspect);
        lease.Queue.Unload(lease);
    }

    private void Unload(Lease lease, int pieces)
    {
        lease.Worker.Unload(pieces, wasSuspect: false);
        Leased -= pieces;
    }
}
