using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>The way inside a process, but jobs come without their work, and are opened by name as on a node.</summary>
internal sealed class WayByName : Way
{
    private static readonly Way Node = ToNodes(int.MaxValue);

    internal override TimeSpan DeclinePatience => Here.DeclinePatience;

    internal override TimeSpan BatchTime(TimeSpan usual, int workers) => Here.BatchTime(usual, workers);

    internal override bool IsClosed => Here.IsClosed;

    internal override bool KeepsValues => Here.KeepsValues;

    internal override Batch Take(JobQueue queue, int count, Action<Piece, string> refuse) => Here.Take(queue, count, refuse);

    internal override Pool.Receipt Receive(WorkerSlot worker, Pool.Report report, IActorRef pool) => Here.Receive(worker, report, pool);

    internal override void Acknowledge(IPoolPorts ports, IActorRef worker, long report) => Here.Acknowledge(ports, worker, report);

    internal override void Recall(IPoolPorts ports, IActorRef worker, int job) => Here.Recall(ports, worker, job);

    internal override Outbox Outbox(IActorRef pool) => Here.Outbox(pool);

    internal override string? Refusal(Worker.Open open, Catalogue catalogue) => Node.Refusal(open, catalogue);

    internal override IWork Work(Worker.Open open, Catalogue catalogue) => Node.Work(open, catalogue);
}
