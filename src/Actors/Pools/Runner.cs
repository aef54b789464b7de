using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>The side of a worker that works, on a dispatcher of its own, so that nothing else ever waits behind a piece.</summary>
internal static class Runner
{
    private const int MaxDetail = 8_000;

    // What .NET's timers can count (49.7 days) and nobody waits for.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    /// <summary>From the worker: run these.</summary>
    public sealed record Run(Worker.Lease Lease, IWork Work, TimeSpan? Timeout, CancellationToken Cancellation) : ILocalMessage;

    /// <summary>To the worker: what became of some of them.</summary>
    public sealed record Ran(long Lease, ImmutableArray<Outcome> Outcomes) : ILocalMessage;

    public static Props Props(Worker.Settings settings, CancellationToken drain) => settings.Width > 1
        ? Akka.Actor.Props.Create(() => new LoopRunner(settings, drain)).WithDispatcher("mailroom.dispatchers.loop")
        : Akka.Actor.Props.Create(() => new ThreadRunner(settings, drain)).WithDispatcher("mailroom.dispatchers.thread");

    /// <summary>The token of one attempt: cancelled with its job or when its time is over.</summary>
    public static CancellationTokenSource? Limit(Run run)
    {
        if (run.Timeout is not { } timeout || timeout > Longest)
            return null;
        var limit = CancellationTokenSource.CreateLinkedTokenSource(run.Cancellation);
        limit.CancelAfter(timeout);
        return limit;
    }

    public static PieceContext Context(Run run, Piece piece, bool mayBlock, ILoggingAdapter log, CancellationToken cancellation) =>
        new(run.Lease.Job, piece.Index, piece.Attempt, mayBlock, log, cancellation);

    public static Outcome Done(Run run, Piece piece, object result, long started, int? maxBytes)
    {
        var payload = Payload.Of(result, run.Work.ResultCodec);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return maxBytes is { } most && payload.Bytes.Length is var size && size > most
            ? Outcome.Not(Verdict.GaveUp, piece, $"its result has {size} bytes; at most {most} can be sent to the host (mailroom.wire.max-payload)", null, seconds)
            : Outcome.Done(piece, payload, seconds);
    }

    /// <summary>What an exception means: cancelled, out of time, no use in trying again, or just a failed attempt.</summary>
    public static Outcome Failed(Run run, Piece piece, Exception error, long started)
    {
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return error switch
        {
            OperationCanceledException when run.Cancellation.IsCancellationRequested => Outcome.Cancelled(piece, seconds),
            OperationCanceledException when run.Timeout is { } timeout && seconds >= timeout.TotalSeconds * 0.9 =>
                Outcome.Not(Verdict.Failed, piece, $"timed out after {Quantity.Text(timeout)}", null, seconds),
            GiveUpException => Outcome.Not(Verdict.GaveUp, piece, Line(error.Message), Detail(error.InnerException), seconds),
            _ => Outcome.Not(Verdict.Failed, piece, $"{error.GetType().Name}: {Line(error.Message)}", Detail(error), seconds),
        };
    }

    private static string Line(string message) => Visible.Text(message.Length > 500 ? message[..500] + "…" : message);

    private static string? Detail(Exception? error) => error?.ToString() is { } text && text.Length > MaxDetail ? text[..MaxDetail] + "…" : error?.ToString();
}
