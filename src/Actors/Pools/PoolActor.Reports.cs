using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Mailroom.Pools;

/// <content>What became of pieces, on its way from workers to jobs.</content>
internal sealed partial class PoolActor
{
    private void OnPart(Pool.Part part)
    {
        if (SlotOf(part.Session) is not { } worker || !worker.Leases.ContainsKey(part.Lease))
            return; // its report will be stale too
        if (!worker.Parts.TryGetValue((part.Lease, part.Piece), out var parts))
            worker.Parts[(part.Lease, part.Piece)] = parts = new ResultParts(_settings.MaxResult);
        parts.Add(part.Index, part.Bytes.Bytes);
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

    private void Settle(Lease lease, WorkerSlot worker, ImmutableArray<Pool.Settlement> settled, double seconds, long report)
    {
        if (report != 0)
            worker.Uncommitted[report] = lease.Queue.Opened.Spec.Job;
        lease.Queue.Measure(seconds, settled.Length);
        lease.Queue.Charge((seconds - (settled.Length * lease.Fare)) / worker.Width);
        lease.Queue.Job.Tell(new Pool.Settled(settled, report == 0 ? null : new Pool.Receipt(Self, worker.Actor, report)));
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
