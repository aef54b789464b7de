using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>Runs the pieces that a pool leases to it: one at a time on a thread of its own, or many at once async.</summary>
public static class Worker
{
    /// <summary>What a pool tells its worker, directly or, on a node, through its link.</summary>
    public interface IFromPool : ILocalMessage;

    /// <summary>From the pool: a job of which pieces will come.</summary>
    /// <param name="Work">the work itself when pool and worker share a process</param>
    public sealed record Open(JobSpec Spec, IWork? Work) : IFromPool;

    /// <summary>From the pool: the job has ended; what still runs of it is cancelled.</summary>
    public sealed record Close(int Job) : IFromPool;

    /// <summary>From the pool: the job goes on elsewhere; what of it you have not begun comes back.</summary>
    public sealed record Return(int Job) : ILocalMessage;

    /// <summary>From the pool: pieces to run, each to be reported under this lease.</summary>
    /// <param name="Id">rises with every lease, and so makes a late answer stale</param>
    /// <param name="Time">how long they should take, where that is more than the worker's own <see cref="Settings.BatchTime"/></param>
    public sealed record Lease(long Id, int Job, Batch Pieces, TimeSpan Time = default) : IFromPool;

    /// <summary>From the pool: I know you.</summary>
    public sealed record Admitted : IFromPool;

    /// <summary>From the host: what this report says is committed; you need not keep it any longer.</summary>
    public sealed record Acknowledged(long Report) : IFromPool;

    /// <summary>
    /// From the pool: the connection broke and is back. Send again what was not acknowledged, and then tell what you hold:
    /// <see cref="Pool.Held"/>.
    /// </summary>
    public sealed record Recount(long Number) : IFromPool;

    /// <summary>From the owner: finish what runs, hand back the rest, tell me <see cref="Drained"/>.</summary>
    public sealed record Drain : ILocalMessage;

    /// <summary>From the owner: cancel what runs and stop; nobody wants its results any more.</summary>
    public sealed record Abandon : ILocalMessage;

    /// <summary>To the owner: I hold nothing any more.</summary>
    public sealed record Drained : ILocalMessage;

    /// <summary>To the owner: a piece does not end though it was told to; only the end of this process can end it.</summary>
    public sealed record Stuck(string Reason) : ILocalMessage;

    /// <summary>What a worker does about a piece that does not end though it was told to.</summary>
    public enum LastRung
    {
        /// <summary>Leaves its thread behind, because a thread can't be ended, and takes another one.</summary>
        LeaveThread,

        /// <summary>Asks its owner to end the process.</summary>
        EndProcess,
    }

    /// <param name="Node">the process's name</param>
    /// <param name="Width">pieces at once: 1 means a dedicated thread, more means async</param>
    /// <param name="BatchTime">see <see cref="Pool.Settings"/></param>
    /// <param name="MayRunPrograms">whether kinds that start programs are run here</param>
    /// <param name="Grace">how long a piece that is cancelled or out of time may take to end by itself</param>
    /// <param name="LastRung">what is done when it has not</param>
    public sealed record Settings(
        string Node,
        int Width,
        Limits Limits,
        TimeSpan BatchTime,
        bool MayRunPrograms,
        TimeSpan Grace,
        LastRung LastRung
    )
    {
        /// <summary>What runs its pieces.</summary>
        internal RunnerOf Runner { get; init; } = Width > 1 ? LoopRunner.Props : ThreadRunner.Props;
    }

    /// <param name="drain">begin nothing more, and hand it back</param>
    internal delegate Props RunnerOf(Settings settings, Beat beat, CancellationToken drain);

    /// <summary>What a worker may report, in encoded bytes.</summary>
    /// <param name="Way">to the pool</param>
    /// <param name="Result">a larger result fails its piece</param>
    public sealed record Limits(Way Way, int Result);

    /// <summary>A worker as a child of whom it talks to: its pool, or on a node the actor that passes its messages on.</summary>
    /// <param name="session">see <see cref="Pool.Ask"/>; on a node the host knows it better</param>
    public static Props Props(Settings settings, Catalogue catalogue, long session) =>
        Akka.Actor.Props.Create(() => new WorkerActor(settings, catalogue, session));
}
