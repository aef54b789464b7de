using Mailroom.Kinds;

namespace Mailroom.Batches;

/// <summary>How an attempt of a piece ended.</summary>
public enum How
{
    /// <summary>It gave a result.</summary>
    Done,

    /// <summary>It threw or ran out of time; another attempt may succeed.</summary>
    Failed,

    /// <summary>It said itself that another attempt is no use.</summary>
    GaveUp,

    /// <summary>Its process ended while it ran, or while it waited in that process.</summary>
    Crashed,

    /// <summary>It was not begun; it costs no attempt.</summary>
    HandedBack,

    /// <summary>Its job was cancelled.</summary>
    Cancelled,

    /// <summary>Its job was cancelled, and it did not end when it was told to: its thread was left behind or its process ended.</summary>
    Abandoned,
}

/// <summary>What an attempt took of its thread, but for the time in which others had the cores that it wanted.</summary>
/// <param name="Seconds">from its begin to its end, its result's encoding included</param>
/// <param name="Cpu">processor time, in seconds</param>
/// <param name="Held">seconds until it awaited something for the first time, or to its end</param>
/// <param name="Pause">seconds for which collections held all threads up meanwhile</param>
/// <param name="Bytes">of the piece and its result, encoded</param>
public sealed record Cost(double Seconds, double Cpu, double Held, double Pause, long Bytes = 0)
{
    /// <summary>Seconds in which others had the cores, where the system tells.</summary>
    public double Delayed { get; init; }
}

/// <summary>What became of one attempt of a piece.</summary>
/// <param name="Piece">as it was leased; where it comes from another process, without what it carries</param>
/// <param name="Result">what it gave; a failed attempt may have something to show too</param>
/// <param name="Reason">why, in one line, unless it is done</param>
/// <param name="Detail">the exception with its stack, as text</param>
/// <param name="Seconds">how long the attempt ran</param>
/// <param name="After">the piece asks not to be tried again sooner, or null</param>
/// <param name="Parts">in how many parts its result went ahead, being too big for one message; usually 0</param>
public sealed record Outcome(
    Piece Piece,
    How How,
    Payload? Result,
    string? Reason,
    string? Detail,
    double Seconds,
    TimeSpan? After = null,
    int Parts = 0
)
{
    /// <summary>Who ran it; known since its job heard of it.</summary>
    public RanBy By { get; init; } = RanBy.Nobody;

    /// <summary>When its job heard of it.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Attempts of its piece up to this one, those that ended with their process included.</summary>
    public int Attempts => Piece.Attempt + Piece.Crashes;

    /// <summary>The same without what its piece carried and gave, which would keep a whole batch in memory.</summary>
    public Outcome Bare() => this with { Piece = Piece with { Payload = Payload.None }, Result = null };

    /// <summary>An upper bound of the bytes that it takes on the wire.</summary>
    public int WireBytes => 64 + (Result?.Bytes.Length ?? 0) + (3 * ((Reason?.Length ?? 0) + (Detail?.Length ?? 0)));

    public static Outcome Done(Piece piece, Payload result, double seconds) => new(piece, How.Done, result, null, null, seconds);

    public static Outcome HandedBack(Piece piece) => new(piece, How.HandedBack, null, null, null, 0);

    public static Outcome Cancelled(Piece piece, double seconds = 0) => new(piece, How.Cancelled, null, "cancelled", null, seconds);

    public static Outcome Not(How how, Piece piece, string reason, string? detail, double seconds) =>
        new(piece, how, null, reason, detail, seconds);
}

/// <summary>Who ran pieces.</summary>
/// <param name="Node">the process: <c>host</c> or a node's name</param>
public sealed record RanBy(string Node, string Worker)
{
    public static RanBy Nobody { get; } = new("", "");
}
