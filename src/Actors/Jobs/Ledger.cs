using System.Collections.Immutable;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <summary>What became of a job's pieces so far: counts, dead pieces, and the results that are to be gathered.</summary>
internal sealed class Ledger
{
    private const int MaxFailures = 1_000;
    private const int MaxAttempts = 100;

    private readonly ImmutableArray<(int Index, Payload? Result)>.Builder _new = ImmutableArray.CreateBuilder<(int, Payload?)>();
    private readonly HashSet<string> _workers = new(StringComparer.Ordinal);
    private readonly ImmutableArray<Failure>.Builder _failures = ImmutableArray.CreateBuilder<Failure>();

    private readonly Queue<FailedAttempt> _attempts = new();

    public int Done { get; private set; }

    public int Dead { get; private set; }

    public int Retried { get; private set; }

    public int Workers => _workers.Count;

    /// <summary>Pieces that have come to their end, one way or the other.</summary>
    public int Settled => Done + Dead;

    /// <summary>Whether there is any result.</summary>
    public bool HasResults { get; private set; }

    public ImmutableArray<Failure> Failures => _failures.ToImmutable();

    /// <summary>The last attempts that failed.</summary>
    public ImmutableArray<FailedAttempt> Attempts => [.. _attempts];

    public void Record(Pool.Settlement settlement)
    {
        Done++;
        Enter(settlement.Piece.Index, settlement.Outcome.Result);
        _workers.Add($"{settlement.Node}/{settlement.Worker}");
    }

    public void Bury(Pool.Settlement settlement)
    {
        Dead++;
        Enter(settlement.Piece.Index, settlement.Outcome.Result);
        AddFailure(FailureOf(settlement));
    }

    /// <summary>A piece that an earlier host recorded.</summary>
    public void Enter(PieceRecord record)
    {
        if (record.Failure is { } failure)
        {
            Dead++;
            AddFailure(failure);
        }
        else
            Done++;
        Retried += record.Attempt - 1 + record.Crashes;
        Enter(record.Piece, record.Result is { } result ? Payload.Of(result) : null);
    }

    public void CountRetry() => Retried++;

    public void Note(FailedAttempt attempt)
    {
        if (_attempts.Count == MaxAttempts)
            _attempts.Dequeue();
        _attempts.Enqueue(attempt);
    }

    /// <summary>What has come since the last time: pieces with their results, or null where they have none.</summary>
    public ImmutableArray<(int Index, Payload? Result)> TakeNew() => _new.DrainToImmutable();

    private static Failure FailureOf(Pool.Settlement settlement) =>
        new(settlement.Piece.Index, settlement.Piece.Attempt + settlement.Piece.Crashes, settlement.Outcome.Reason ?? "", settlement.Node, settlement.Outcome.Detail);

    private void AddFailure(Failure failure)
    {
        if (_failures.Count < MaxFailures)
            _failures.Add(failure);
    }

    private void Enter(int index, Payload? result)
    {
        HasResults |= result is not null;
        _new.Add((index, result));
    }
}
