using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Inspection;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>
/// Runs pieces one after the other, each whole on the dedicated thread of its pinned dispatcher. Blocking is what this thread is for.
/// </summary>
internal sealed class ThreadRunner : ReceiveActor
{
    // A batch that takes so many times its planned time is uneven: what was not begun goes back to be shared out again.
    private const int Patience = 10;

    // Results that are kept before they are told.
    private const int MaxBytes = 1024 * 1024;

    private readonly Worker.Settings _settings;
    private readonly Beat _beat;
    private readonly CancellationToken _drain;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly PieceLog _pieceLog;
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);

    public ThreadRunner(Worker.Settings settings, Beat beat, CancellationToken drain)
    {
        (_settings, _beat, _drain, _pieceLog) = (settings, beat, drain, new PieceLog(_log));
        Receive<Runner.Run>(OnRun);
    }

    public static Props Props(Worker.Settings settings, Beat beat, CancellationToken drain) =>
        Akka.Actor.Props.Create(() => new ThreadRunner(settings, beat, drain)).WithDispatcher("mailroom.dispatchers.thread");

    private void OnRun(Runner.Run run)
    {
        var ends = Runner.Writer(run, _settings.Limits);
        var isForeign = run.Work.IsForeign;
        var batch = PlannedTime(run.Lease);
        var begun = Stopwatch.GetTimestamp();
        var now = begun;
        var told = begun;
        for (var at = 0; at < ends.Pieces.Count; at++)
        {
            if (run.Abandoned.IsCancellationRequested)
                return;
            var (late, before) = (now - begun, now);
            if (run.Cancellation.IsCancellationRequested)
                ends.Not(Outcome.Cancelled(ends.Pieces[at]));
            else if (_drain.IsCancellationRequested || run.Returned.IsCancellationRequested || late > batch * Patience)
                ends.Not(Outcome.HandedBack(ends.Pieces[at]));
            else
                now = RunOne(run, ends, at, now, isForeign);
            // What is done must not wait for a long piece behind it; but of short ones each told by itself would be a flood.
            var isLong = late > batch && now - before > batch / Patience;
            if (isLong || now - told > batch || ends.Results.Bytes > MaxBytes)
            {
                Tell(run, ends);
                told = now;
            }
        }
        _beat.Leave();
        PieceConsole.Enter(null);
        Tell(run, ends);
        _status.Idle();
    }

    /// <returns>as the stopwatch counts</returns>
    private long PlannedTime(Worker.Lease lease) =>
        (long)(Math.Max(lease.Time.TotalSeconds, _settings.BatchTime.TotalSeconds) * Stopwatch.Frequency);

    /// <returns>when it ended, as <see cref="Stopwatch"/> counts</returns>
    private long RunOne(Runner.Run run, EndsWriter ends, int at, long started, bool isForeign)
    {
        var pieces = ends.Pieces;
        _status.At(run.Lease.Job, pieces.Index(at));
        _beat.Enter(run.Lease.Id, pieces, at, started);
        try
        {
            using var limit = Runner.Limit(run, started, _log);
            // A kind that can do either shows while it is measured what it would do on an event loop.
            var context = Runner.Context(run, at, mayBlock: !run.IsMeasured, _pieceLog, limit);
            if (isForeign) // none of Mailroom's own kinds writes to it
                PieceConsole.Enter(context);
            var clock = run.IsMeasured ? Costs.Start() : null;
            var before = ends.Results.Bytes;
            if (run.Work.Run(pieces.Values, pieces.Place(at), ends.Results, context) is { } running)
            {
                if (clock is not null)
                    Context.Parent.Tell(new Runner.Awaits(run.Lease.Job, clock.Held()));
                // The thread is the piece's own. It sleeps until then: awaiters look around first, and that takes turns from who works.
                if (!running.IsCompleted)
                    ((IAsyncResult)running).AsyncWaitHandle.WaitOne();
#pragma warning disable RS0030 // it has ended
                ends.Results.Add(running.GetAwaiter().GetResult());
#pragma warning restore RS0030
            }
            var now = Stopwatch.GetTimestamp();
            ends.Done(at, now - started, clock?.End(context.Charged, pieces.Length(at) + ends.Results.Bytes - before));
            return now;
        }
        catch (Exception error)
        {
            ends.Not(Runner.Failed(run, at, error, Runner.Since(started), _settings.Limits));
            return Stopwatch.GetTimestamp();
        }
    }

    private static void Tell(Runner.Run run, EndsWriter ends)
    {
        if (ends.Count > 0)
            Context.Parent.Tell(new Runner.Ran(run.Lease.Id, ends.Take()));
    }
}
