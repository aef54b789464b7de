using Akka.Actor;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>A message that never leaves its process, and so needs no form on the wire.</summary>
public interface ILocalMessage : INoSerializationVerificationNeeded;

/// <summary>One part of a job on its way.</summary>
/// <param name="Index">its place among the job's pieces, from 0</param>
/// <param name="Attempt">which try this is, from 1</param>
/// <param name="Crashes">processes that ended while they held it</param>
public sealed record Piece(int Index, int Attempt, int Crashes, Payload Payload);

/// <summary>What a worker must know of a job to run its pieces.</summary>
/// <param name="Timeout">how long one attempt of a piece may take, or null for as long as it likes</param>
/// <param name="KindVersion">the assembly that the kind comes from; empty for those of Mailroom itself</param>
/// <param name="IsMeasured">whether its pieces are to be measured closely, where they run on threads of this process</param>
public sealed record JobSpec(int Job, string Kind, string ArgumentsJson, TimeSpan? Timeout, string KindVersion = "", bool IsMeasured = false);

/// <summary>What an attempt took of its thread, in seconds.</summary>
/// <param name="Seconds">wall time, its result's encoding included</param>
/// <param name="Cpu">processor time</param>
/// <param name="Held">until it awaited something for the first time, or to its end</param>
/// <param name="Pause">for which collections held all threads up meanwhile</param>
public sealed record Cost(double Seconds, double Cpu, double Held, double Pause);

/// <summary>All that can become of an attempt.</summary>
public enum Verdict
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

/// <summary>What became of one attempt of a piece.</summary>
/// <param name="Reason">why, in one line, unless it is done</param>
/// <param name="Detail">the exception with its stack, as text</param>
/// <param name="Seconds">how long the attempt ran</param>
/// <param name="Result">what it gave; a failed attempt may have something to show too</param>
/// <param name="After">the piece asks not to be tried again sooner, or null</param>
/// <param name="Cost">set where the job is measured; it does not travel</param>
/// <param name="Parts">in how many <see cref="Pool.Part"/>s its result went ahead, being too big for one message; usually 0</param>
public sealed record Outcome(
    int Piece, int Attempt, Verdict Verdict, Payload? Result, string? Reason, string? Detail, double Seconds, TimeSpan? After = null, int Parts = 0, Cost? Cost = null)
{
    /// <summary>An upper bound of the bytes that it takes on the wire.</summary>
    public int WireBytes => 64 + (Result?.Bytes.Length ?? 0) + (3 * ((Reason?.Length ?? 0) + (Detail?.Length ?? 0)));

    public static Outcome Done(Piece piece, Payload result, double seconds) => new(piece.Index, piece.Attempt, Verdict.Done, result, null, null, seconds);

    public static Outcome HandedBack(Piece piece) => new(piece.Index, piece.Attempt, Verdict.HandedBack, null, null, null, 0);

    public static Outcome Cancelled(Piece piece, double seconds = 0) => new(piece.Index, piece.Attempt, Verdict.Cancelled, null, "cancelled", null, seconds);

    public static Outcome Not(Verdict verdict, Piece piece, string reason, string? detail, double seconds) =>
        new(piece.Index, piece.Attempt, verdict, null, reason, detail, seconds);
}
