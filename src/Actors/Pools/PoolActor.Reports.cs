using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;

namespace Mailroom.Pools;

/// <content>What became of pieces, on its way from workers to jobs.</content>
internal sealed partial class PoolActor
{
    private void OnReport(Pool.Report report)
    {
        var worker = SlotOf();
        if (worker is not null && worker.Uncommitted.ContainsKey(report.Number))
            return; // it came again while the disk takes its time
        if (worker is null || !worker.Leases.TryGetValue(report.Lease, out var lease))
        {
            Stale(report, report.Late + report.Ends.Count);
            Acknowledge(Sender, report.Number);
            return;
        }
        var held = lease.Pieces.Settle(report.Ends);
        var stale = report.Late + report.Ends.Count - held.Count;
        var (settled, back) = Sorted(held);
        PutBack(lease.Queue, back);
        if (lease.Count == 0)
            Drop(worker, report.Lease);
        if (stale > 0)
            Stale(report, stale);
        if (settled.Count > 0 && worker.Openings.TryGetValue(report.Job, out var opening) && opening.Unbegun > 0)
            worker.Openings[report.Job] = opening with { Unbegun = 0 };
        else if (settled.Count == 0 && lease.Count == 0 && stale == 0)
            OnUnbegun(worker, lease.Queue, report.Lease);
        if (settled.Count > 0 && IsOpen(lease.Queue))
            Settle(lease, worker, settled, report.Number);
        else
            Acknowledge(Sender, report.Number); // nothing of it will be committed
        TellIfQuiet(lease.Queue);
        Serve();
    }

    /// <summary>A lease came back of which nothing was begun. Perhaps its worker does not know the job: it is told again. One that does so again and again can't run it.</summary>
    private void OnUnbegun(WorkerSlot worker, JobQueue queue, long lease)
    {
        var job = queue.Opened.Spec.Job;
        if (!worker.Openings.TryGetValue(job, out var opening) || lease < opening.First)
            return; // it was granted before the worker was last told of the job
        worker.Jobs.Remove(job);
        worker.Openings[job] = opening with { First = long.MaxValue, Unbegun = opening.Unbegun + 1 };
        if (opening.Unbegun + 1 >= MaxUnbegun && !worker.Leaving && IsOpen(queue))
            Decline(worker, queue, $"has handed back {MaxUnbegun} batches in a row without having begun any");
    }

    private void Settle(Lease lease, WorkerSlot worker, Ends settled, long report)
    {
        if (report != 0)
            worker.Uncommitted[report] = lease.Queue.Opened.Spec.Job;
        var seconds = settled.Seconds;
        lease.Queue.Measure(seconds, settled.Count);
        lease.Queue.Charge((seconds - (settled.Count * lease.Fare)) / worker.Width);
        lease.Queue.Job.Tell(new Pool.Settled(settled, worker.By, report == 0 ? null : new Pool.Receipt(Self, worker.Actor, report)));
    }

    /// <summary>What has run, and what comes back without having been begun.</summary>
    private static (Ends Ran, Batch Back) Sorted(Ends ends)
    {
        var isBack = ends.Others.ToLookup(outcome => outcome.How == How.HandedBack);
        return isBack.Contains(true)
            ? (new Ends(ends.Done, ends.DoneSeconds, [.. isBack[false]]), [.. isBack[true].Select(outcome => outcome.Piece)])
            : (ends, Batch.Empty);
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

    private void Stale(Pool.Report report, int count)
    {
        _log.Debug("outcome.stale {Count} of job {Job} under lease {Lease} are dropped", count, report.Job, report.Lease);
        if (_jobs.TryGetValue(report.Job, out var queue))
            queue.Job.Tell(new Pool.Stale(count));
    }
}
