using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Sending;

namespace Mailroom.Pools;

/// <summary>
/// Queues pieces fairly between jobs and leases them to the workers that ask. A job offers only as many pieces as were
/// wanted, a worker holds only what it can run soon: so no mailbox grows without a bound.
/// </summary>
public static class Pool
{
    /// <summary>From a job: here I am.</summary>
    /// <param name="MaxWorkers">run on at most so many workers at once, or null</param>
    /// <param name="Work">the job's work, for workers in this process</param>
    /// <param name="MaxAtOnce">where a worker runs many pieces at once, lease at most so many of the job together, or null</param>
    /// <param name="Where">where it may run, or null for anywhere</param>
    /// <param name="Files">what workers on other machines must have before they run it, or null</param>
    public sealed record Open(
        JobSpec Spec,
        Priority Priority,
        int? MaxWorkers,
        IWork Work,
        IActorRef Job,
        int? MaxAtOnce = null,
        Placement? Where = null,
        SentFiles? Files = null
    ) : ILocalMessage;

    /// <summary>From a job: pieces, at most as many as were <see cref="Wanted"/>.</summary>
    /// <param name="Again">they were leased before and go in front of the others, wanted or not</param>
    public sealed record Offer(int Job, Batch Pieces, bool Again = false) : ILocalMessage;

    /// <summary>From a job: it has ended; nothing of it is to be run any more.</summary>
    public sealed record Close(int Job) : ILocalMessage;

    /// <summary>What a worker tells its pool, directly or, from a node, through its link.</summary>
    public interface IFromWorker : ILocalMessage;

    /// <summary>From a worker: I hold nothing and can run <paramref name="Width"/> pieces at once.</summary>
    /// <param name="Session">the process that it lives in: workers of one session end together</param>
    /// <param name="Life">new each time the worker starts, so that a question asked twice is told from a worker that began anew</param>
    /// <param name="Site">where that is; null: in this process</param>
    public sealed record Ask(long Session, string Node, string Name, int Width, long Life, Site? Site = null) : IFromWorker;

    /// <summary>
    /// From a worker: what became of pieces that it was leased. It keeps the report and sends it again until it is acknowledged.
    /// </summary>
    /// <param name="Number">the worker's own number of the report, to be acknowledged</param>
    public sealed record Report(long Number, int Job, long Lease, Ends Ends) : IFromWorker
    {
        /// <summary>Set by a link: ends of pieces that its worker did not hold, which are only counted.</summary>
        public int Late { get; init; }
    }

    /// <summary>
    /// From a worker on a node: a part of a result that is too big for one message. Its link puts it together again; no pool sees it.
    /// </summary>
    /// <param name="Index">which part, from 0</param>
    public sealed record Part(long Lease, int Piece, int Index, Payload Bytes) : IFromWorker;

    /// <summary>From a worker, after all its reports again: this is what I hold; whatever else was leased to me never arrived.</summary>
    /// <param name="Recount">the <see cref="Worker.Recount"/> that this answers</param>
    /// <param name="Leases">leases of which something is still to be reported</param>
    /// <param name="Jobs">jobs that it knows to be open</param>
    public sealed record Held(long Recount, ImmutableArray<long> Leases, ImmutableArray<int> Jobs) : IFromWorker;

    /// <summary>From a worker: I don't run pieces of this job, for this reason; what I hold of it comes back.</summary>
    /// <param name="IsWished">its settings say so: nothing is wrong</param>
    public sealed record Decline(int Job, string Reason, bool IsWished = false) : IFromWorker;

    /// <summary>From a worker: lease me nothing more; what I hold comes back.</summary>
    public sealed record Leave : IFromWorker;

    /// <summary>From a worker of this process: a piece of a job that is measured awaits something; told to the job.</summary>
    public sealed record Awaiting(int Job, Cost Cost) : ILocalMessage;

    /// <summary>
    /// From a job: give back what waits, and whatever may come back; answered by <see cref="Released"/>. What is leased runs to its end,
    /// then <see cref="Quiet"/> is told.
    /// </summary>
    public sealed record Release(int Job) : ILocalMessage;

    /// <summary>To a job: these are its own again.</summary>
    public sealed record Released(Batch Pieces) : ILocalMessage;

    /// <summary>From a job: lease no more of it; answered by <see cref="Withdrawn"/>. What is leased already runs to its end.</summary>
    public sealed record Withdraw(int Job) : ILocalMessage;

    /// <summary>
    /// From a job: forget what waits of it and cancel what runs; answered by <see cref="Quiet"/> when nothing of it is leased any more.
    /// </summary>
    /// <param name="Number">see <see cref="Quiet"/></param>
    public sealed record Cancel(int Job, long Number) : ILocalMessage;

    /// <summary>
    /// From a job: lease no more of it until you are told otherwise; answered by <see cref="Quiet"/> when nothing of it is leased any more.
    /// </summary>
    /// <param name="Number">see <see cref="Quiet"/></param>
    public sealed record Hold(int Job, bool On, long Number) : ILocalMessage;

    /// <summary>To a job that is held: nothing of it runs.</summary>
    /// <param name="Number">the job's own number of the last <see cref="Hold"/> or <see cref="Cancel"/> that the pool knows: an earlier
    /// quiet may be over</param>
    /// <param name="IsReleased">it was released before</param>
    public sealed record Quiet(long Number, bool IsReleased = false) : ILocalMessage;

    /// <summary>To a job: so many of its pieces were waiting, and will not be run.</summary>
    public sealed record Withdrawn(int Count) : ILocalMessage;

    /// <summary>From a worker's link: behind all that the worker told, it is gone.</summary>
    /// <param name="Crashed">whether its process ended by itself, so that what it held is suspect</param>
    public sealed record Gone(string Reason, bool Crashed) : ILocalMessage;

    /// <summary>From the host: lease nothing more to the workers of this session, they may be lost.</summary>
    public sealed record Suspend(long Session) : ILocalMessage;

    /// <summary>
    /// From the host: this session is over; its workers are leased nothing more, whatever they ask, and each will be told to be
    /// <see cref="Gone"/>.
    /// </summary>
    public sealed record End(long Session) : ILocalMessage;

    /// <summary>From the host: the connection to these workers is back; find out what was lost with it, and lease to them again.</summary>
    public sealed record Recount(long Session) : ILocalMessage;

    /// <summary>From the host: so long does it take until a word to the workers of this session is answered.</summary>
    public sealed record Distance(long Session, TimeSpan RoundTrip) : ILocalMessage;

    /// <summary>From whoever can bring workers: tell me <see cref="WorkersNeeded"/> when a job comes.</summary>
    public sealed record Supply : ILocalMessage;

    /// <summary>To the supplier: a job has come that could use so many workers, or as many as there may be.</summary>
    /// <param name="Where">where it may run, or null for anywhere</param>
    public sealed record WorkersNeeded(int? Count, Placement? Where = null) : ILocalMessage;

    /// <summary>To the supplier: the workers of this session must have these files; answered by <see cref="FilesThere"/>.</summary>
    public sealed record FilesNeeded(int Job, string Node, long Session, SentFiles Files) : ILocalMessage;

    /// <summary>From the supplier: they have them, or can't.</summary>
    /// <param name="Wrong">why not, as the end of a sentence that begins with the node</param>
    public sealed record FilesThere(int Job, long Session, SentFiles Files, string? Wrong) : ILocalMessage;

    /// <summary>To the supplier: the job is over.</summary>
    public sealed record FilesDone(int Job, string Node, long Session) : ILocalMessage;

    /// <summary>From the supplier: its own workers are gone and will not come again, as long as nobody mends this.</summary>
    /// <param name="Own">where they were</param>
    public sealed record OutOfWorkers(string Reason, ImmutableArray<Site> Own) : ILocalMessage
    {
        /// <summary>Whether a job waits for them: one that named others may still get these.</summary>
        public bool Concerns(Placement? where) => where is null || Own.Any(where.Allows);
    }

    /// <summary>From the supplier: there are no workers now, and only the user can bring some; jobs wait for that, and say so.</summary>
    public sealed record WorkersAway(string Reason) : ILocalMessage;

    /// <summary>To a job: it waits for this, or no longer.</summary>
    public sealed record Waiting(string? Reason, bool IsForLong = true) : ILocalMessage;

    /// <summary>To a job: it can't go on, because the pool has no workers and none will come.</summary>
    public sealed record Stranded(string Reason) : ILocalMessage;

    /// <summary>To a job: so many more pieces may be offered.</summary>
    public sealed record Wanted(int Count) : ILocalMessage;

    /// <summary>To a job: what became of pieces.</summary>
    /// <param name="Ends">each with its piece as it was leased</param>
    /// <param name="Receipt">to be signed once that is committed</param>
    public sealed record Settled(Ends Ends, RanBy By, Receipt Receipt) : ILocalMessage;

    /// <summary>What goes back on the way that a report came, once what it said is committed.</summary>
    public abstract record Receipt
    {
        /// <summary>Of what nobody keeps.</summary>
        public static Receipt None { get; } = new Nothing();

        public abstract void Sign();

        private sealed record Nothing : Receipt
        {
            public override void Sign() { }
        }
    }

    /// <summary>For a report that its worker keeps until it is acknowledged.</summary>
    public sealed record ToAcknowledge(IActorRef Pool, IActorRef Worker, long Number) : Receipt
    {
        public override void Sign() => Pool.Tell(new Committed(Worker, Number));
    }

    /// <summary>From a job: what this report said is committed, or counts no more.</summary>
    public sealed record Committed(IActorRef Worker, long Report) : ILocalMessage;

    /// <summary>To a job: outcomes of it that came too late, or twice, and were dropped.</summary>
    public sealed record Stale(int Count) : ILocalMessage;

    /// <param name="Technique">threads, processes or async</param>
    /// <param name="BatchTime">how long a batch should take: long enough to pay for its message, short enough to stay fair</param>
    /// <param name="BatchPieces">most pieces in a batch</param>
    /// <param name="BatchesAhead">a worker whose backlog is shorter than so many batch times gets another batch: as many as the way to it
    /// may take</param>
    /// <param name="Way">to its workers</param>
    public sealed record Settings(Technique Technique, TimeSpan BatchTime, int BatchPieces, int BatchesAhead, Way Way);

    /// <param name="worker">makes the workers that live in this process; null when they live on nodes</param>
    /// <param name="workers">how many of them to start with</param>
    public static Props Props(Settings settings, Func<long, Props>? worker, int workers) =>
        Akka.Actor.Props.Create(() => new PoolActor(settings, worker, workers));
}
