using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Client;

namespace Mailroom.Pools;

/// <summary>What a pool keeps of one job: its waiting pieces, its share of the workers, and how long its pieces take.</summary>
internal sealed class JobQueue(Pool.Open open, double virtualTime)
{
    // Bytes of a piece on the wire beside its value, at most.
    private const int Overhead = 64;

    // Weight of the newest measurement in the moving average of a piece's time.
    private const double Newest = 0.5;

    // Among equals the newest: a job that has just come need not wait for one more piece of the old one.
    public static IComparer<JobQueue> ByTurn { get; } =
        Comparer<JobQueue>.Create(
            (one, other) =>
                one._placedTime != other._placedTime
                    ? one._placedTime.CompareTo(other._placedTime)
                    : other.Opened.Spec.Job.CompareTo(one.Opened.Spec.Job)
        );

    private readonly BatchQueue _pieces = new();

    // What is leased of the job.
    private readonly HashSet<Lease> _leases = [];

    // When it was last put in its place among the others: its time, and what waited.
    private double _placedTime;
    private int _placedCount;
    private readonly double _weight = open.Priority switch
    {
        Priority.High => 16,
        Priority.Normal => 4,
        Priority.Low => 1,
        _ => throw new InvalidOperationException($"there is no priority {open.Priority}"),
    };

    public Pool.Open Opened => open;

    public IActorRef Job => open.Job;

    public int Count => _pieces.Count;

    /// <summary>Pieces that were wanted and have not come yet.</summary>
    public int Promised { get; set; }

    /// <summary>The workers that hold pieces of the job, and how many leases each.</summary>
    public Dictionary<IActorRef, int> Holders { get; } = [];

    /// <summary>How many more pieces of it a worker of some width may be leased.</summary>
    public int RoomAtOnce(int width) =>
        open.MaxAtOnce is { } most && width > 1 ? Math.Max(0, most - _leases.Sum(lease => lease.Count)) : int.MaxValue;

    /// <summary>Pieces of it that a worker holds.</summary>
    public int HeldBy(WorkerSlot worker) => _leases.Sum(lease => lease.Worker == worker ? lease.Count : 0);

    public void Load(Lease lease)
    {
        _leases.Add(lease);
        Holders[lease.Worker.Actor] = Holders.GetValueOrDefault(lease.Worker.Actor) + 1;
    }

    public void Unload(Lease lease)
    {
        _leases.Remove(lease);
        if (--Holders[lease.Worker.Actor] == 0)
            Holders.Remove(lease.Worker.Actor);
    }

    /// <summary>It is in no order now, and goes to its place after this.</summary>
    /// <returns>how many more pieces wait than when it was last placed</returns>
    public int Move()
    {
        var more = Count - _placedCount;
        (_placedCount, _placedTime) = (Count, VirtualTime);
        return more;
    }

    /// <summary>Worker seconds used so far, divided by the job's weight: the job that has the least is served next.</summary>
    public double VirtualTime { get; private set; } = virtualTime;

    /// <summary>Measured seconds of one piece, or null before the first one has ended.</summary>
    public double? PieceSeconds { get; private set; }

    /// <summary>What is estimated for a piece: much before the first is measured, so that nothing is put behind it.</summary>
    public double ExpectedSeconds => PieceSeconds ?? 1;

    /// <summary>What a lease costs its job beforehand, per piece; the report corrects it.</summary>
    public double Fare => PieceSeconds ?? 0;

    /// <summary>Workers that are there and that it may run on.</summary>
    public int Workers { get; set; }

    /// <summary>Nodes to which its files are on their way.</summary>
    public int Sendings { get; set; }

    /// <summary>Nothing of it runs, and nothing waits that could.</summary>
    public bool IsIdle { get; set; } = true;

    /// <summary>Whether it may run there.</summary>
    public bool MayRunOn(WorkerSlot worker) => open.Where?.Allows(worker.Site) != false;

    /// <summary>What its job was last told to wait for.</summary>
    public string? Waits { get; set; }

    /// <summary>Why the last worker that can't run the job declined it.</summary>
    public string? Refusal { get; set; }

    /// <summary>True when nothing of the job is to be leased any more, though it is still open.</summary>
    public bool IsWithdrawn { get; private set; }

    /// <summary>True when what comes back of the job goes to the job itself.</summary>
    public bool IsReleased { get; private set; }

    /// <summary>Gives all that waits.</summary>
    public Batch Release()
    {
        var pieces = _pieces.TakeAll();
        Withdraw();
        (IsReleased, IsHeld) = (true, true);
        return pieces;
    }

    /// <summary>True when what runs of the job is to end.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>True while nothing of the job is to be leased.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The number that the job gave its last wish to be held.</summary>
    public long QuietFor { get; set; }

    /// <summary>Forgets what waits, and how much it was.</summary>
    public int Withdraw()
    {
        var count = Count;
        _pieces.Clear();
        IsWithdrawn = true;
        return count;
    }

    public bool MayUse(IActorRef worker) => open.MaxWorkers is not { } most || Holders.Count < most || Holders.ContainsKey(worker);

    public void Add(Batch pieces) => _pieces.Add(pieces);

    /// <summary>Puts pieces that were already served in front again.</summary>
    public void Return(Batch pieces) => _pieces.Return(pieces);

    /// <summary>Crashes of the piece that is next.</summary>
    public int NextCrashes => _pieces.NextCrashes;

    /// <summary>The next pieces, at most so many and of so many bytes, and only such as have crashed as often as the first.</summary>
    /// <param name="bytes">null where they don't leave this process</param>
    public Batch Take(int most, int? bytes)
    {
        var (crashes, left) = (NextCrashes, (long?)bytes);
        return _pieces.Take(most, Fit);

        int Fit(Batch batch, int count)
        {
            var fit = 0;
            if (batch.IsFresh && left is null)
                return crashes == 0 ? count : 0;
            while (fit < count && batch.Crashes(fit) == crashes && (left is null || (left -= Overhead + batch.Length(fit)) >= 0))
                fit++;
            return fit;
        }
    }

    /// <summary>Takes the next piece out if it alone has more bytes than a batch may.</summary>
    public Piece? TakeTooBig(int bytes)
    {
        var taken = _pieces.Take(1, (batch, _) => Overhead + batch.Length(0) > bytes ? 1 : 0);
        return taken.Count > 0 ? taken[0] : null;
    }

    /// <summary>Who had nothing to run has saved up nothing by that: it goes on level with those who had.</summary>
    public void LevelWith(double time) => VirtualTime = Math.Max(VirtualTime, time);

    public void Charge(double seconds) => VirtualTime += seconds / _weight;

    public void Measure(double seconds, int pieces)
    {
        var piece = seconds / pieces;
        PieceSeconds = PieceSeconds is { } known ? known + ((piece - known) * Newest) : piece;
    }
}
