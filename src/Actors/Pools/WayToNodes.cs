using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Kinds;
using Mailroom.Sending;

namespace Mailroom.Pools;

/// <summary>The workers live on nodes.</summary>
internal sealed class WayToNodes(int maxMessage, JobFolders folders) : Way
{
    // One process speaks to them all, and a batch costs it some tenths of a millisecond: it is sent, reported and acknowledged.
    private static readonly TimeSpan PerWorker = TimeSpan.FromMilliseconds(1);

    // Longer, and the last of a job would wait for a few workers with much while all the others have nothing.
    private static readonly TimeSpan MostShared = TimeSpan.FromMilliseconds(100);

    // Nodes may still be starting, and one of them may take it.
    internal override TimeSpan DeclinePatience { get; } = TimeSpan.FromSeconds(5);

    internal override TimeSpan BatchTime(TimeSpan usual, int workers) =>
        TimeSpan.FromTicks(Math.Max(usual.Ticks, Math.Min(MostShared.Ticks, PerWorker.Ticks * workers)));

    internal override bool IsClosed => false;

    internal override bool KeepsValues => false;

    // A piece too big for the wire is refused here, because the transport would drop it in silence.
    internal override Batch Take(JobQueue queue, int count, Action<Piece, string> refuse)
    {
        while (queue.Count > 0 && queue.TakeTooBig(maxMessage) is { } piece)
            refuse(
                piece,
                $"the piece has {piece.Payload.Bytes.Length} bytes; at most {maxMessage} can be sent to a node (mailroom.wire.max-payload)"
            );
        return queue.Count == 0 ? Batch.Empty : queue.Take(count, maxMessage);
    }

    internal override Pool.Receipt Receive(WorkerSlot worker, Pool.Report report, IActorRef pool)
    {
        worker.Keep(report);
        return new Pool.ToAcknowledge(pool, worker.Actor, report.Number);
    }

    internal override void Acknowledge(IPoolPorts ports, IActorRef worker, long report) =>
        ports.Tell(worker, new Worker.Acknowledged(report));

    // It holds a few batches at most, and they end there.
    internal override void Recall(IPoolPorts ports, IActorRef worker, int job) { }

    internal override Outbox Outbox(IActorRef pool) => new KeptOutbox(pool, maxMessage);

    internal override string? Refusal(Worker.Open open, Catalogue catalogue)
    {
        var spec = open.Spec;
        if (spec.BringsFiles && folders[spec.Job] is null)
            return "has not got its files";
        if (!catalogue.Knows(spec.Kind))
            return $"doesn't know the kind {spec.Kind}; start it with --kinds and the kind's assembly";
        return catalogue.VersionOf(spec.Kind) is var mine && mine != spec.KindVersion
            ? $"has another {spec.Kind}: {Catalogue.Named(mine)}, but the host has {Catalogue.Named(spec.KindVersion)}; both need the same "
                + "assembly"
            : null;
    }

    internal override IWork Work(Worker.Open open, Catalogue catalogue)
    {
        var arguments = open.Spec.ArgumentsJson;
        return catalogue.Find(open.Spec.Kind).Open(folders[open.Spec.Job] is { } folder ? JobFolder.Moved(arguments, folder) : arguments);
    }
}
