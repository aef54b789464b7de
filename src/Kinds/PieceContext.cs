using Microsoft.Extensions.Logging;

namespace Mailroom.Kinds;

/// <summary>What a running piece may know of its surroundings.</summary>
/// <param name="Job">the job's number, from 1</param>
/// <param name="Piece">the piece's index in its job, from 0</param>
/// <param name="Attempt">which try of the piece this is, from 1</param>
/// <param name="MayBlock">true when the piece has a thread of its own, so that blocking it holds up nobody else</param>
/// <param name="Log">the log of the worker that runs the piece</param>
/// <param name="Cancellation">cancelled when the job is cancelled or the piece's time is over; long pieces look at it</param>
/// <param name="Crashes">processes that ended while they ran the piece, before this one</param>
public sealed record PieceContext(
    int Job,
    int Piece,
    int Attempt,
    bool MayBlock,
    ILogger Log,
    CancellationToken Cancellation,
    int Crashes = 0
)
{
    private static readonly Lock Gate = new();
    private static double _chargedInAll;

    private double _charged;

    public CancellationToken Cancellation
    {
        get => Limit?.Token ?? field;
        init;
    } = Cancellation;

    /// <summary>Where the attempt has a token of its own.</summary>
    internal IAttemptToken? Limit { get; init; }

    /// <summary>Processor seconds that others took for the piece, such as a program that it ran: they count as its own computing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">it is no number of seconds</exception>
    public void Charge(double cpuSeconds)
    {
        if (!double.IsFinite(cpuSeconds) || cpuSeconds < 0)
            throw new ArgumentOutOfRangeException(nameof(cpuSeconds), cpuSeconds, "it is no number of seconds");
        _charged += cpuSeconds;
        lock (Gate)
            _chargedInAll += cpuSeconds;
    }

    internal double Charged => _charged;

    /// <summary>What all pieces of this process have charged so far, in seconds.</summary>
    internal static double ChargedInAll
    {
        get
        {
            lock (Gate)
                return _chargedInAll;
        }
    }

    /// <summary>What the piece has written to its console and not ended with a line's end.</summary>
    internal System.Text.StringBuilder? Line { get; set; }

    /// <summary>Writes a line of the kind's own into the logs, found there by job and piece.</summary>
    public void Say(string text) => Log.Said(Job, Piece, Attempt, text);
}

/// <summary>What pieces write into logs.</summary>
internal static partial class PieceEvents
{
    [LoggerMessage(LogLevel.Information, "{Job} {Piece} attempt {Attempt}: {Text}", EventName = "piece.said")]
    public static partial void Said(this ILogger log, int job, int piece, int attempt, string text);
}

/// <summary>A token of one attempt's own, made when it is first looked at.</summary>
internal interface IAttemptToken
{
    CancellationToken Token { get; }
}

/// <summary>What a split may want to know; both are wishes, and a kind whose answer depends on its pieces ignores the first.</summary>
/// <param name="Workers">workers that will take the pieces, at least 1</param>
/// <param name="Pieces">how many pieces the user asked for, or null</param>
public sealed record SplitHint(int Workers, int? Pieces);

/// <summary>Thrown by a piece that would fail again however often it were tried; it becomes a dead letter at once.</summary>
/// <param name="result">what it found out all the same, a result of the kind: it takes its place in the answer</param>
public sealed class GiveUpException(string reason, Exception? cause = null, object? result = null) : Exception(reason, cause)
{
    public object? Result => result;
}

/// <summary>Thrown by an attempt that failed but has something to show: a program's output, a server's answer.</summary>
/// <param name="result">a result of the kind; it takes its place in the answer if this was the last attempt</param>
/// <param name="after">try again no sooner than after this time, for instance because a server asked for it</param>
public sealed class AttemptFailedException(string reason, object? result = null, TimeSpan? after = null, Exception? cause = null)
    : Exception(reason, cause)
{
    public object? Result => result;

    public TimeSpan? After => after;
}
