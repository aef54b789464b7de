using Akka.Actor;
using Mailroom.Batches;

namespace Mailroom.Pools;

/// <summary>A worker as its pool knows it.</summary>
internal sealed class WorkerSlot(IActorRef actor, Pool.Ask ask)
{
    public IActorRef Actor => actor;

    public long Session => ask.Session;

    public string Node => ask.Node;

    public string Name => ask.Name;

    public RanBy By { get; } = new(ask.Node, ask.Name);

    /// <summary>Pieces it runs at once.</summary>
    public int Width => ask.Width;

    /// <summary>See <see cref="Pool.Ask"/>.</summary>
    public long Life => ask.Life;

    /// <summary>It wants nothing more.</summary>
    public bool Leaving { get; set; }

    /// <summary>Its connection broke: what it is sent may be lost.</summary>
    public bool Suspended { get; set; }

    public bool TakesWork => !Leaving && !Suspended;

    /// <summary>The recount that it has not answered yet, or 0.</summary>
    public long Recount { get; set; }

    /// <summary>The jobs that it was told of.</summary>
    public HashSet<int> Jobs { get; } = [];

    public Dictionary<long, Lease> Leases { get; } = [];

    /// <summary>The jobs that it can't run.</summary>
    public HashSet<int> Declined { get; } = [];

    /// <summary>By job of which it has run nothing yet: the first lease after it was last told of it, and how often it then handed one back.</summary>
    public Dictionary<int, (long First, int Unbegun)> Openings { get; } = [];

    /// <summary>Its reports that were told to their jobs, by number, and are not committed yet: when they come again they say nothing new.</summary>
    public Dictionary<long, int> Uncommitted { get; } = [];

    public int Pieces => Leases.Values.Sum(lease => lease.Count);

    /// <summary>True while it runs a piece that may end its process, and so must have no neighbours.</summary>
    public bool Alone => Leases.Values.Any(lease => lease.Suspect);

    /// <summary>How long what it holds will take.</summary>
    public double BacklogSeconds => Leases.Values.Sum(lease => lease.Count * lease.Queue.ExpectedSeconds) / Width;
}

/// <summary>Pieces that a worker holds, until each was reported or the worker is lost.</summary>
internal sealed class Lease(JobQueue queue, Batch pieces)
{
    public JobQueue Queue => queue;

    public HeldPieces Pieces { get; } = new(pieces);

    public int Count => Pieces.Count;

    /// <summary>Seconds that the job was charged for each piece.</summary>
    public double Fare { get; } = queue.Fare;

    public bool Suspect { get; } = pieces.Crashes(0) > 0;
}
