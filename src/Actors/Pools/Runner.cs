using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
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
    /// <param name="Returned">what is not begun goes back, because its job goes on elsewhere</param>
    /// <param name="Abandoned">the worker waits for the lease no longer: nothing more of it is to be begun, awaited or told</param>
    public sealed record Run(
        Worker.Lease Lease,
        IWork Work,
        TimeSpan? Timeout,
        CancellationToken Cancellation,
        CancellationToken Returned,
        CancellationToken Abandoned,
        bool IsMeasured = false
    ) : ILocalMessage;

    /// <summary>To the worker, of a job that is measured: a piece has let go of its thread and awaits something.</summary>
    public sealed record Awaits(int Job, Cost Cost) : ILocalMessage;

    /// <summary>To the worker: what became of some of them.</summary>
    public sealed record Ran(long Lease, Ends Ends) : ILocalMessage;

    /// <summary>What gathers the ends of a lease.</summary>
    public static EndsWriter Writer(Run run, Worker.Limits limits) =>
        new(run.Lease.Pieces, run.Work.ResultWriter(limits.Way.KeepsValues, limits.Result, run.Lease.Pieces.Count));

    /// <summary>What ends one attempt, or null where only its job does.</summary>
    public static TimeLimit? Limit(Run run, long started, ILoggingAdapter log) =>
        TimeOf(run) is { } time ? new TimeLimit(time, started, log, run.Cancellation) : null;

    /// <summary>The time of one attempt, if there is a limit that counts.</summary>
    public static TimeSpan? TimeOf(Run run) => run.Timeout is { } timeout && timeout <= Longest ? timeout : null;

    public static PieceContext Context(Run run, int at, bool mayBlock, PieceLog log, TimeLimit? limit)
    {
        var pieces = run.Lease.Pieces;
        return new(run.Lease.Job, pieces.Index(at), pieces.Attempt(at), mayBlock, log, run.Cancellation, pieces.Crashes(at))
        {
            Limit = limit,
        };
    }

    public static double Since(long started) => Stopwatch.GetElapsedTime(started).TotalSeconds;

    /// <summary>What an exception means: cancelled, out of time, no use in trying again, or just a failed attempt.</summary>
    public static Outcome Failed(Run run, int at, Exception error, double seconds, Worker.Limits limits)
    {
        var piece = run.Lease.Pieces[at];
        return error switch
        {
            UnencodableException unencodable => Unencodable(piece, unencodable, seconds),
            OperationCanceledException when run.Abandoned.IsCancellationRequested => Without(
                How.Abandoned,
                "it is left behind, still waiting for something"
            ),
            TimeoutException when run.Timeout is { } timeout && seconds >= timeout.TotalSeconds => Without(
                How.Failed,
                $"timed out after {Quantity.Text(timeout)} and did not end when it was told to; it is left behind"
            ),
            OperationCanceledException when run.Cancellation.IsCancellationRequested => Outcome.Cancelled(piece, seconds),
            OperationCanceledException when run.Timeout is { } timeout && seconds >= timeout.TotalSeconds * 0.9 => Without(
                How.Failed,
                $"timed out after {Quantity.Text(timeout)}"
            ),
            GiveUpException gaveUp => Showing(
                gaveUp.Result,
                Outcome.Not(How.GaveUp, piece, Thrown.Line(error), Detail(error.InnerException), seconds),
                run,
                limits
            ),
            AttemptFailedException failed => Showing(
                failed.Result,
                Outcome.Not(How.Failed, piece, Thrown.Line(error), Detail(error.InnerException), seconds) with
                {
                    After = failed.After,
                },
                run,
                limits
            ),
            _ => Outcome.Not(How.Failed, piece, Thrown.Named(error), Thrown.Detail(error), seconds),
        };

        Outcome Without(How how, string reason) => Outcome.Not(how, piece, reason, null, seconds);
    }

    /// <summary>The outcome with what the piece has to show for itself all the same.</summary>
    private static Outcome Showing(object? result, Outcome outcome, Run run, Worker.Limits limits)
    {
        if (result is null)
            return outcome;
        try
        {
            var writer = run.Work.ResultWriter(keeps: true, limits.Result, count: 1);
            writer.Add(result);
            return outcome with { Result = new Payload(writer.Take(), 0) };
        }
        catch (UnencodableException error)
        {
            return Unencodable(outcome.Piece, error, outcome.Seconds);
        }
    }

    private static Outcome Unencodable(Piece piece, UnencodableException error, double seconds) =>
        Outcome.Not(How.GaveUp, piece, error.Message, Detail(error.InnerException), seconds);

    private static string? Detail(Exception? error) => error is null ? null : Thrown.Detail(error);
}
