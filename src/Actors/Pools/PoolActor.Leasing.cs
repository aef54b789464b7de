using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;

namespace Mailroom.Pools;

/// <content>Which pieces go to which worker, and how many.</content>
internal sealed partial class PoolActor
{
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
                if (BatchSize.Room(_settings, worker, queue, Neighbours(worker)) is > 0 and var count)
                    return (queue, worker, count);
        return default;
    }

    /// <summary>The workers that would end with this one if its process did.</summary>
    private IEnumerable<WorkerSlot> Neighbours(WorkerSlot worker) => Of(worker.Session);

    private void Grant(JobQueue queue, WorkerSlot worker, int count)
    {
        var pieces = Take(queue, count);
        if (pieces.Count == 0)
            return;
        var spec = queue.Opened.Spec;
        if (worker.Jobs.Add(spec.Job))
        {
            worker.Openings[spec.Job] = (_lastLease + 1, worker.Openings.GetValueOrDefault(spec.Job).Unbegun);
            worker.Actor.Tell(new Worker.Open(spec, queue.Opened.Work));
        }
        var lease = new Lease(queue, pieces);
        worker.Leases.Add(++_lastLease, lease);
        queue.Leases.Add(lease);
        queue.Holders[worker.Actor] = queue.Holders.GetValueOrDefault(worker.Actor) + 1;
        queue.Charge(pieces.Count * lease.Fare / worker.Width);
        worker.Actor.Tell(new Worker.Lease(_lastLease, spec.Job, pieces));
        if (_log.IsDebugEnabled)
            _log.Debug("lease.granted {Lease} of job {Job} to {Worker} of {From}: {Count} pieces from {First}", _lastLease, spec.Job, worker.Name, worker.Node, pieces.Count, pieces.Index(0));
    }

    /// <summary>Takes pieces for one batch; a piece too big for the wire is settled here, because the transport would drop it in silence.</summary>
    private Batch Take(JobQueue queue, int count)
    {
        while (_settings.BatchBytes is { } most && queue.Count > 0 && queue.TakeTooBig(most) is { } piece)
            Refuse(queue, piece);
        return queue.Count == 0 ? Batch.Empty : queue.Take(count, _settings.BatchBytes);
    }

    private void Refuse(JobQueue queue, Piece piece)
    {
        var reason = $"the piece has {piece.Payload.Bytes.Length} bytes; at most {_settings.BatchBytes} can be sent to a node (mailroom.wire.max-payload)";
        var outcome = Outcome.Not(How.GaveUp, piece, reason, null, 0);
        queue.Job.Tell(new Pool.Settled([outcome], new RanBy("host", Self.Path.Name)));
    }

    /// <summary>Asks a job for pieces when half of what should wait here is used up.</summary>
    private void Want(JobQueue queue)
    {
        if (queue.IsWithdrawn)
            return;
        var width = _workers.Count == 0 ? 1 : _workers.Values.Max(worker => worker.Width);
        var ahead = BatchSize.Ahead(_settings, queue.PieceSeconds, width, _workers.Count);
        var missing = ahead - queue.Count - queue.Promised;
        if (missing <= 0 || missing < ahead / 2)
            return;
        queue.Promised += missing;
        queue.Job.Tell(new Pool.Wanted(missing));
    }
}
