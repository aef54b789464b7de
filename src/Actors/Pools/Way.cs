using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Kinds;
using Mailroom.Sending;

namespace Mailroom.Pools;

/// <summary>
/// How a pool and its workers reach each other: in one process, or on nodes over the wire. All that differs between the two is here, and
/// pool and worker are otherwise the same.
/// </summary>
public abstract class Way
{
    /// <summary>
    /// Pool and workers share a process: the very objects are handed over, nothing is lost, and no other workers can come.
    /// </summary>
    public static Way Here { get; } = new WayHere();

    /// <summary>The workers live on nodes: what is sent has bounds, may be lost, and is kept until it is acknowledged.</summary>
    /// <param name="maxMessage">most encoded bytes in a message</param>
    public static Way ToNodes(int maxMessage) => new WayToNodes(maxMessage, new JobFolders());

    /// <param name="folders">on a node of another machine: those that stand for folders of the jobs' own</param>
    internal static Way ToNodes(int maxMessage, JobFolders folders) => new WayToNodes(maxMessage, folders);

    /// <summary>How long a job that every worker has declined waits for another worker.</summary>
    internal abstract TimeSpan DeclinePatience { get; }

    /// <summary>How long a batch should take where there are so many workers.</summary>
    /// <param name="usual">where there are few: <see cref="Pool.Settings.BatchTime"/></param>
    internal abstract TimeSpan BatchTime(TimeSpan usual, int workers);

    /// <summary>Whether no other workers can come than those that there are.</summary>
    internal abstract bool IsClosed { get; }

    /// <summary>The next pieces of a job, as many as can be sent; those that can't be sent at all are refused.</summary>
    internal abstract Batch Take(JobQueue queue, int count, Action<Piece, string> refuse);

    /// <summary>A report has come that says something new.</summary>
    /// <returns>to be signed once that is committed</returns>
    internal abstract Pool.Receipt Receive(WorkerSlot worker, Pool.Report report, IActorRef pool);

    /// <summary>Tells a worker that it need not keep a report any longer.</summary>
    internal abstract void Acknowledge(IPoolPorts ports, IActorRef worker, long report);

    /// <summary>Asks a worker to hand back what it has not begun of a job that goes on elsewhere.</summary>
    internal abstract void Recall(IPoolPorts ports, IActorRef worker, int job);

    /// <summary>Where a worker's reports go.</summary>
    internal abstract Outbox Outbox(IActorRef pool);

    /// <summary>Why a worker can't have the work of a job, or null.</summary>
    internal abstract string? Refusal(Worker.Open open, Catalogue catalogue);

    internal abstract IWork Work(Worker.Open open, Catalogue catalogue);

    /// <summary>Whether results stay values as long as nobody wants their bytes.</summary>
    internal abstract bool KeepsValues { get; }
}
