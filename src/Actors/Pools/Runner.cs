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
    // What .NET's timers can count (49.7 days) and nobody waits for.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    /// <summary>From the worker: run these.</summary>
    /// <param name="Cancellation">the job's</param>
    /// <param name="Abandoned">the worker waits for the lease no longer: nothing more of it is to be begun, awaited or told</param>
    public sealed record Run(Worker.Lease Lease, IWork Work, TimeSpan? Timeout, CancellationToken Cancellation, CancellationToken Abandoned, bool IsMeasured = false) : ILocalMessage;

    /// <summary>To the worker, of a job that is measured: a piece has let go of its thread and awaits something.</summary>
    public sealed record Awaits(int Job, Cost Cost) : ILocalMessage;

    /// <summary>To the worker: what became of some of them.</summary>
    public sealed record Ran(long Lease, ImmutableArray<Outcome> Outcomes) : ILocalMessage;

    public static Props Props(Worker.Settings settings, Beat beat, CancellationToken drain) => settings.Width > 1
        ? Akka.Actor.Props.Create(() => new LoopRunner(settings, beat, drain)).WithDispatcher("mailroom.dispatchers.loop")
        : Akka.Actor.Props.Create(() => new ThreadRunner(settings, beat, drain)).WithDispatcher("mailroom.dispatchers.thread");

    /// <summary>What ends one attempt, or null where only its job does.</summary>
    public static TimeLimit? Limit(Run run, ILoggingAdapter log) => TimeOf(run) is { } time ? new TimeLimit(time, log, run.Cancellation) : null;

    /// <summary>The time of one attempt, if there is a limit that counts.</summary>
    public static TimeSpan? TimeOf(Run run) => run.Timeout is { } timeout && timeout <= Longest ? timeout : null;

    public static PieceContext Context(Run run, Piece piece, bool mayBlock, ILoggingAdapter log, CancellationToken cancellation) =>
        new(run.Lease.Job, piece.Index, piece.Attempt, mayBlock, log, cancellation, piece.Crashes);

    public static Outcome Done(Run run, Piece piece, object result, long started, Worker.Limits limits)
    {
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return Sendable(Outcome.Done(piece, Payload.Of(result, run.Work.ResultCodec), seconds), piece, result, limits);
    }

    /// <summary>The outcome itself if its result can go where it must, or one that says why it can't. Encoded here, on the worker's own thread: at least the journal wants it.</summary>
    private static Outcome Sendable(Outcome outcome, Piece piece, object result, Worker.Limits limits)
    {
        try
        {
            return outcome.Result!.Bytes.Length is var size && size <= limits.Result
                ? outcome
                : Outcome.Not(Verdict.GaveUp, piece, $"its result has {size} bytes; at most {limits.Result} are taken (mailroom.wire.max-result)", null, outcome.Seconds);
        }
        catch (Exception error)
        {
            return Outcome.Not(Verdict.GaveUp, piece, $"its result, a {result.GetType().Name}, can't be serialised: {Thrown.Line(error)}; the kind needs another ResultCodec", Thrown.Detail(error), outcome.Seconds);
        }
    }

    /// <summary>What an exception means: cancelled, out of time, no use in trying again, or just a failed attempt.</summary>
    public static Outcome Failed(Run run, Piece piece, Exception error, long started, Worker.Limits limits)
    {
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return error switch
        {
            OperationCanceledException when run.Abandoned.IsCancellationRequested =>
                Outcome.Not(Verdict.Abandoned, piece, "it is left behind, still waiting for something", null, seconds),
            TimeoutException when run.Timeout is { } timeout && seconds >= timeout.TotalSeconds =>
                Outcome.Not(Verdict.Failed, piece, $"timed out after {Quantity.Text(timeout)} and did not end when it was told to; it is left behind", null, seconds),
            OperationCanceledException when run.Cancellation.IsCancellationRequested => Outcome.Cancelled(piece, seconds),
            OperationCanceledException when run.Timeout is { } timeout && seconds >= timeout.TotalSeconds * 0.9 =>
                Outcome.Not(Verdict.Failed, piece, $"timed out after {Quantity.Text(timeout)}", null, seconds),
            GiveUpException gaveUp =>
                With(gaveUp.Result, Outcome.Not(Verdict.GaveUp, piece, Thrown.Line(error), Thrown.Detail(error.InnerException), seconds)),
            AttemptFailedException failed =>
                With(failed.Result, Outcome.Not(Verdict.Failed, piece, Thrown.Line(error), Thrown.Detail(error.InnerException), seconds) with { After = failed.After }),
            _ => Outcome.Not(Verdict.Failed, piece, Thrown.Named(error), Thrown.Detail(error), seconds),
        };

        Outcome With(object? result, Outcome outcome) =>
            result is null ? outcome : Sendable(outcome with { Result = Payload.Of(result, run.Work.ResultCodec) }, piece, result, limits);
    }
}
