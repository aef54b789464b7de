using System.Collections.Immutable;
using System.Globalization;
using Mailroom.Batches;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>A lease that a node's worker holds, and what can be true of it.</summary>
/// <param name="sentAt">a time stamp of the host's clock</param>
internal sealed class HeldLease(int job, IWork work, Batch pieces, long sentAt)
{
    // Clocks of two machines may run a little differently.
    private const double ClockTolerance = 1.01;
    private const double ClockSlack = 0.1;

    // Larger results are decoded again when they are used, rather than held beside their bytes.
    private const int MaxKept = 4096;

    // What the pieces are said to have run, together: their worker runs one at a time.
    private double _seconds;

    public int Job => job;

    public HeldPieces Pieces { get; } = new(pieces);

    public long SentAt => sentAt;

    public int Size => pieces.Count;

    /// <summary>Its results are read by a user's own code.</summary>
    public bool IsForeign { get; } = work.IsForeign;

    /// <summary>Its job has ended or was cancelled: what runs of it is to end.</summary>
    public bool IsClosed { get; set; }

    /// <summary>What an outcome says that can't be true of a piece of this lease, or null.</summary>
    /// <param name="age">seconds since the lease was sent</param>
    public string? Impossible(Outcome outcome, double age, int maxParts) =>
        outcome switch
        {
            { How: How.Crashed } => "crashed, which only its host can know",
            { How: How.Cancelled or How.Abandoned } when !IsClosed => "cancelled, though its job is not",
            { How: How.Done, Result: null, Parts: <= 0 } => "done, without a result",
            { Parts: var parts } when parts < 0 || parts > maxParts => $"done, with a result of {parts} parts",
            _ => Impossible(outcome.Seconds, age),
        };

    /// <summary>The same for how long pieces are said to have run; what can be true is taken down.</summary>
    public string? Impossible(double seconds, double age)
    {
        if (!double.IsFinite(seconds) || seconds < 0 || _seconds + seconds > (age * ClockTolerance) + ClockSlack)
            return string.Create(
                CultureInfo.InvariantCulture,
                $"run for {seconds} s, though it holds it for {age:0.###} s and has run {_seconds:0.###} s of it"
            );
        _seconds += seconds;
        return null;
    }

    /// <summary>Reads the results of ends, by their kind's own codec.</summary>
    public Results Read(Ends ends)
    {
        var wrong = ImmutableArray.CreateBuilder<(Outcome, Exception)>();
        var others = ends.Others.RemoveAll(outcome => outcome.Result is not null && !CanRead(outcome, wrong));
        var done = ends.Done;
        while (done.Count > 0)
        {
            var encoded = done.OwnValues;
            var (results, bad, why) = work.Decode(encoded);
            if (why is null)
            {
                done = done.AllBytes.Length <= (long)MaxKept * done.Count ? done.Carrying(results!) : done;
                break;
            }
            wrong.Add((Outcome.Done(done[bad], done.Payload(bad), ends.DoneSeconds / ends.Done.Count), why));
            done = done.Where(at => at != bad);
        }
        return wrong.Count == 0 && done.Count == 0
            ? new Results(ends, [])
            : new Results(
                new Ends(done, done.Count == 0 ? 0 : ends.DoneSeconds * done.Count / ends.Done.Count, others),
                wrong.DrainToImmutable()
            );
    }

    private bool CanRead(Outcome outcome, ImmutableArray<(Outcome, Exception)>.Builder wrong)
    {
        try
        {
            return outcome.Result!.Value(work.ResultCodec) is not null;
        }
        catch (Exception error) // the user's own codec may throw whatever it likes
        {
            wrong.Add((outcome, error));
            return false;
        }
    }

    /// <param name="Ends">those whose results could be read, or had none</param>
    /// <param name="Wrong">those whose results can't be read, and why</param>
    public sealed record Results(Ends Ends, ImmutableArray<(Outcome Outcome, Exception Why)> Wrong);
}

/// <summary>A report whose results are being read.</summary>
internal sealed record Reading(Pool.Report Report, HeldLease Lease, Ends Ends)
{
    /// <summary>They are wanted no longer.</summary>
    public Ends Unread() =>
        Ends.Done.Count == 0 && Ends.Others.All(outcome => outcome.Result is null)
            ? Ends
            : [.. Ends.Select(outcome => outcome.Result is null ? outcome : outcome with { How = How.Cancelled, Result = null })];
}
