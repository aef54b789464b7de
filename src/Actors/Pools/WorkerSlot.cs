using Akka.Actor;
using Mailroom.Batches;

namespace Mailroom.Pools;

/// <summary>The workers of one process, which end together.</summary>
internal sealed class WorkerSession(long id)
{
    public long Id => id;

    public HashSet<WorkerSlot> Workers { get; } = [];

    /// <summary>That they hold together.</summary>
    public int Pieces { get; set; }

    /// <summary>Leases of pieces that may end their process, and so must have no neighbours.</summary>
    public int Suspects { get; set; }

    /// <summary>How long it takes until a word to them is answered.</summary>
    public TimeSpan RoundTrip { get; set; }

    /// <summary>The jobs whose files they need from another machine.</summary>
    public Dictionary<int, FilesOfJob> Files { get; } = [];
}

/// <summary>Whether the workers of a session have a job's files.</summary>
/// <param name="IsTold">they have them, or can't</param>
/// <param name="Wrong">why not</param>
internal readonly record struct FilesOfJob(bool IsTold, string? Wrong);

/// <summary>A worker as its pool knows it.</summary>
/// <param name="number">tells workers apart that hold the same</param>
internal sealed class WorkerSlot(IActorRef actor, Pool.Ask ask, WorkerSession session, long number)
{
    // What it held when it was last put in its place among the others.
    private int _placed;

    /// <summary>The one that holds the least goes first.</summary>
    public static IComparer<WorkerSlot> ByLoad { get; } =
        Comparer<WorkerSlot>.Create(
            (one, other) => one._placed != other._placed ? one._placed.CompareTo(other._placed) : one.Number.CompareTo(other.Number)
        );

    public IActorRef Actor => actor;

    public WorkerSession Session => session;

    public string Node => ask.Node;

    public string Name => ask.Name;

    public RanBy By { get; } = new(ask.Node, ask.Name);

    public Site Site { get; } = ask.Site ?? new(ask.Node, [], IsHere: true);

    /// <summary>Pieces it runs at once.</summary>
    public int Width => ask.Width;

    /// <summary>See <see cref="Pool.Ask"/>.</summary>
    public long Life => ask.Life;

    /// <summary>It wants nothing more.</summary>
    public bool Leaving { get; set; }

    /// <summary>Its connection broke: what it is sent may be lost.</summary>
    public bool Suspended { get; set; }

    /// <summary>The recount that it has not answered yet, or 0.</summary>
    public long Recount { get; set; }

    /// <summary>The jobs that it was told of.</summary>
    public HashSet<int> Jobs { get; } = [];

    public Dictionary<long, Lease> Leases { get; } = [];

    /// <summary>The jobs that it has said it can't run.</summary>
    public HashSet<int> Declined { get; } = [];

    /// <summary>The jobs that may not run there, wherever else they may.</summary>
    public HashSet<int> Barred { get; } = [];

    /// <summary>Whether it may be offered pieces of a job.</summary>
    public bool Takes(int job) => !Barred.Contains(job) && !Declined.Contains(job);

    /// <summary>
    /// By job of which it has run nothing yet: the first lease after it was last told of it, and how often it then handed one back.
    /// </summary>
    public Dictionary<int, (long First, int Unbegun)> Openings { get; } = [];

    // By number: the job, and the bytes of the results.
    private readonly Dictionary<long, (int Job, long Bytes)> _uncommitted = [];

    /// <summary>Bytes of results that were told to their jobs and are not committed yet.</summary>
    public long UncommittedBytes { get; private set; }

    /// <summary>Whether a report was told to its job and is not committed yet: when it comes again it says nothing new.</summary>
    public bool IsUncommitted(long report) => _uncommitted.ContainsKey(report);

    public IReadOnlyList<long> UncommittedOf(int job) => [.. _uncommitted.Where(pair => pair.Value.Job == job).Select(pair => pair.Key)];

    public void Keep(Pool.Report report)
    {
        var bytes = report.Ends.Done.AllBytes.Length + report.Ends.Others.Sum(outcome => (long)(outcome.Result?.Bytes.Length ?? 0));
        _uncommitted[report.Number] = (report.Job, bytes);
        UncommittedBytes += bytes;
    }

    public void Commit(long report)
    {
        if (_uncommitted.Remove(report, out var kept))
            UncommittedBytes -= kept.Bytes;
    }

    /// <summary>That it holds.</summary>
    public int Pieces { get; private set; }

    /// <summary>How long what it holds will take.</summary>
    public double BacklogSeconds => Leases.Values.Sum(lease => lease.Count * lease.Queue.ExpectedSeconds) / Width;

    private long Number => number;

    public void Load(int pieces, bool isSuspect)
    {
        Pieces += pieces;
        session.Pieces += pieces;
        session.Suspects += isSuspect ? 1 : 0;
    }

    public void Unload(int pieces, bool wasSuspect)
    {
        Pieces -= pieces;
        session.Pieces -= pieces;
        session.Suspects -= wasSuspect ? 1 : 0;
    }

    /// <summary>It is in no order now, and goes to its place after this.</summary>
    public void Move() => _placed = Pieces;
}

/// <summary>Pieces that a worker holds, until each was reported or the worker is lost.</summary>
internal sealed class Lease(JobQueue queue, WorkerSlot worker, Batch pieces)
{
    public JobQueue Queue => queue;

    public WorkerSlot Worker => worker;

    public HeldPieces Pieces { get; } = new(pieces);

    public int Count => Pieces.Count;

    /// <summary>Seconds that the job was charged for each piece.</summary>
    public double Fare { get; } = queue.Fare;

    public bool Suspect { get; } = pieces.Crashes(0) > 0;
}
