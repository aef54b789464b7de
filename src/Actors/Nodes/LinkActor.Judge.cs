using System.Collections.Immutable;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Kinds;
using Mailroom.Logs;

namespace Mailroom.Nodes;

/// <remarks>Whether what a node reports can be true.</remarks>
internal sealed partial class LinkActor
{
    private bool IsUnderWay(long id, HeldLease lease, Outcome outcome) =>
        outcome.Parts > 0 && outcome.Parts <= _parts.MaxParts && lease.Pieces.Holds(outcome.Piece.Index) && !_parts.IsComplete(id, outcome);

    /// <summary>Ends whose results were read; what can't be read is a failure that names the node.</summary>
    private Ends Checked(HeldLease lease, HeldLease.Results results)
    {
        if (results.Wrong.IsEmpty)
            return results.Ends;
        var failed = ImmutableArray.CreateBuilder<Outcome>();
        foreach (var (outcome, why) in results.Wrong)
        {
            _log.Warning(
                Event.ResultUnreadable,
                "piece {Piece} of job {Job} from {From}: {Reason}\n{Detail}",
                outcome.Piece.Index,
                lease.Job,
                _settings.Node,
                Thrown.Line(why),
                Thrown.Detail(why)
            );
            Lied($"piece {outcome.Piece.Index} of job {lease.Job} with a result that can't be read");
            failed.Add(
                Outcome.Not(
                    How.Failed,
                    outcome.Piece,
                    $"{_settings.Node} gave a result that can't be read: {Thrown.Line(why)}",
                    null,
                    outcome.Seconds
                )
            );
        }
        return new Ends(results.Ends.Done, results.Ends.DoneSeconds, [.. results.Ends.Others, .. failed]);
    }

    /// <summary>Ends as they may go on: with their results whole, or as failures that name the node.</summary>
    private Ends Judge(HeldLease lease, long id, Ends held)
    {
        var age = _time.GetElapsedTime(lease.SentAt).TotalSeconds;
        for (var at = 0; _parts.HasAny && at < held.Done.Count; at++)
            _parts.Take(id, held.Done.Index(at)); // it came whole after all
        ImmutableArray<Outcome> others = [.. held.Others.Select(outcome => Judge(lease, id, outcome, age))];
        if (held.Done.Count == 0 || lease.Impossible(held.DoneSeconds, age) is not { } lie)
            return held.With(others);
        var refused = held.Done.Select(piece => Refused(piece, lie, held.DoneSeconds, age)).ToList();
        Lied($"piece {refused[0].Piece.Index} of job {lease.Job} as {lie}");
        return Ends.None.With([.. refused, .. others]);
    }

    private Outcome Judge(HeldLease lease, long id, Outcome outcome, double age)
    {
        var parts = _parts.Take(id, outcome.Piece.Index);
        if (lease.Impossible(outcome, age, _parts.MaxParts) is { } lie)
        {
            Lied($"piece {outcome.Piece.Index} of job {lease.Job} as {lie}");
            return Refused(outcome.Piece, lie, outcome.Seconds, age);
        }
        if (parts is null || outcome.Parts == 0)
            return outcome;
        return parts.IsTooBig
            ? Outcome.Not(
                How.GaveUp,
                outcome.Piece,
                $"its result has more than the {_settings.MaxResult} bytes that this host takes (mailroom.wire.max-result)",
                null,
                outcome.Seconds
            )
            : outcome with
            {
                Result = parts.Joined(),
                Parts = 0,
            };
    }

    private Outcome Refused(Piece piece, string lie, double seconds, double age) =>
        Outcome.Not(
            How.Failed,
            piece,
            $"{_settings.Node} reported it as {lie}, which can't be",
            null,
            Math.Clamp(double.IsFinite(seconds) ? seconds : 0, 0, age)
        );
}
