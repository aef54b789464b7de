using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>Pool and workers share a process.</summary>
internal sealed class WayHere : Way
{
    internal override TimeSpan DeclinePatience => TimeSpan.Zero;

    internal override TimeSpan BatchTime(TimeSpan usual, int workers) => usual;

    internal override bool IsClosed => true;

    internal override bool KeepsValues => true;

    internal override Batch Take(JobQueue queue, int count, Action<Piece, string> refuse) => queue.Take(count, bytes: null);

    internal override Pool.Receipt Receive(WorkerSlot worker, Pool.Report report, IActorRef pool) => Pool.Receipt.None;

    internal override void Acknowledge(IPoolPorts ports, IActorRef worker, long report) { }

    internal override void Recall(IPoolPorts ports, IActorRef worker, int job) => ports.Tell(worker, new Worker.Return(job));

    internal override Outbox Outbox(IActorRef pool) => new PlainOutbox(pool);

    internal override string? Refusal(Worker.Open open, Catalogue catalogue) => null;

    internal override IWork Work(Worker.Open open, Catalogue catalogue) =>
        open.Work ?? throw new InvalidOperationException($"job {open.Spec.Job} was opened without its work");
}
