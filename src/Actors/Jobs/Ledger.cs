using System.Collections.Immutable;
using Mailroom.Batches;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <summary>What became of a job's pieces so far: counts, dead pieces, and the results that are to be gathered.</summary>
internal sealed class Ledger
{
    private const int MaxFailures = 1_000;
    private const int MaxAttempts = 100;

    private readonly ImmutableArray<Batch>.Builder _newDone = ImmutableArray.CreateBuilder<Batch>();
    private readonly ImmutableArray<(int Index, Payload? Shown)>.Builder _newDead = ImmutableArray.CreateBuilder<(int, Payload?)>();
    private readonly HashSet<RanBy> _workers = [];
    private readonly ImmutableArray<Outcome>.Builder _failures = ImmutableArray.CreateBuilder<Outcome>();

    private readonly Queue<Outcome> _attempts = new();

    public int Done { get; private set; }

    public int Dead { get; private set; }

    public int Retried { get; private set; }

    public int Workers => _workers.Count;

    /// <summary>Pieces that have come to their end, one way or the other.</summary>
    public int Settled => Done + Dead;

    /// <summary>Whether there is any result.</summary>
    public bool HasResults { get; private set; }

    public ImmutableArray<Outcome> Failures => _failures.ToImmutable();

    /// <summary>The last attempts that failed.</summary>
    public ImmutableArray<Outcome> Attempts => [.. _attempts];

    public void Record(Batch done, RanBy by)
    {
        if (done.Count == 0)
            return;
        _workers.Add(by);
        Add(done);
    }

    public void Bury(Outcome dead)
    {
        Dead++;
        HasResults |= dead.Result is not null;
        _newDead.Add((dead.Piece.Index, dead.Result));
        if (_failures.Count < MaxFailures)
            _failures.Add(dead.Bare());
    }

    /// <summary>Pieces that are done as an earlier host recorded.</summary>
    public void Replay(Batch done)
    {
        for (var at = 0; at < done.Count; at++)
            Retried += done.Attempt(at) - 1 + done.Crashes(at);
        Add(done);
    }

    /// <summary>A piece that is dead as an earlier host recorded.</summary>
    public void Replay(Outcome dead)
    {
        Retried += dead.Attempts - 1;
        Bury(dead);
    }

    public void CountRetry() => Retried++;

    public void Note(Outcome attempt)
    {
        if (_attempts.Count == MaxAttempts)
            _attempts.Dequeue();
        _attempts.Enqueue(attempt);
    }

    /// <summary>What has come since the last time.</summary>
    public Arrivals TakeNew() => new(_newDone.DrainToImmutable(), _newDead.DrainToImmutable());

    private void Add(Batch done)
    {
        if (done.Count == 0)
            return;
        Done += done.Count;
        HasResults = true;
        _newDone.Add(done);
    }
}

/// <summary>Pieces that are to be gathered.</summary>
/// <param name="Done">with their results</param>
/// <param name="Dead">with what they have to show, or null</param>
internal sealed record Arrivals(ImmutableArray<Batch> Done, ImmutableArray<(int Index, Payload? Shown)> Dead)
{
    public int Count => Done.Sum(batch => batch.Count) + Dead.Length;
}
