using System.Collections.Immutable;
using System.Globalization;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>A lease that a node's worker holds, and what can be true of it.</summary>
/// <param name="sentAt">a time stamp of the host's clock</param>
internal sealed class HeldLease(int job, IWork work, HeldPieces pieces, long sentAt)
{
    // Clocks of two machines may run a little differently.
    private const double ClockTolerance = 1.01;
    private const double ClockSlack = 0.1;

    public int Job => job;

    public HeldPieces Pieces => pieces;

    public long SentAt => sentAt;

    public int Size { get; } = pieces.Count;

    /// <summary>Its kind comes from an assembly of a user's own.</summary>
    public bool IsForeign { get; } = work.Kind.GetType().Assembly != typeof(IKind).Assembly;

    /// <summary>Its job has ended or was cancelled: what runs of it is to end.</summary>
    public bool IsClosed { get; set; }

    /// <summary>What its pieces are said to have run, together: its worker runs one at a time.</summary>
    public double Seconds { get; set; }

    /// <summary>What an outcome says that can't be true of a piece of this lease, or null.</summary>
    /// <param name="age">seconds since the lease was sent</param>
    public string? Impossible(Outcome outcome, double age, int maxParts) => outcome switch
    {
        { Verdict: Verdict.Crashed } => "crashed, which only its host can know",
        { Verdict: Verdict.Cancelled or Verdict.Abandoned } when !IsClosed => "cancelled, though its job is not",
        { Verdict: Verdict.Done, Result: null, Parts: <= 0 } => "done, without a result",
        { Parts: var parts } when parts < 0 || parts > maxParts => $"done, with a result of {parts} parts",
        { Seconds: var seconds } when !double.IsFinite(seconds) || seconds < 0 || Seconds + seconds > (age * ClockTolerance) + ClockSlack =>
            string.Create(CultureInfo.InvariantCulture, $"run for {seconds} s, though it holds it for {age:0.###} s and has run {Seconds:0.###} s of it"),
        _ => null,
    };

    /// <summary>Reads the result of a piece, by its kind's own codec.</summary>
    public ReadResult Read(Outcome outcome)
    {
        try
        {
            return new ReadResult(outcome.Result?.Checked(work.ResultCodec), null);
        }
        catch (Exception error) // the user's own codec may throw whatever it likes
        {
            return new ReadResult(null, error);
        }
    }

    /// <param name="Payload">null where there is none, or it can't be read</param>
    /// <param name="Wrong">why it can't be read</param>
    public readonly record struct ReadResult(Payload? Payload, Exception? Wrong);
}

/// <summary>A report whose results are being read.</summary>
internal sealed record Reading(Pool.Report Report, HeldLease Lease, ImmutableArray<Outcome> Outcomes)
{
    /// <summary>They are wanted no longer.</summary>
    public ImmutableArray<Outcome> Unread() =>
        [.. Outcomes.Select(outcome => outcome.Result is null ? outcome : outcome with { Verdict = Verdict.Cancelled, Result = null })];
}
