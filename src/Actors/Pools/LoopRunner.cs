using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Inspection;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>
/// Holds many pieces in flight on one thread: starts each, and goes on while it waits. A piece that computes instead of
/// waiting holds up all the others here, as it does in every event loop.
/// </summary>
internal sealed class LoopRunner : ReceiveActor
{
    private readonly Worker.Settings _settings;
    private readonly Beat _beat;
    private readonly CancellationToken _drain;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly PieceLog _pieceLog;
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);

    // Leases of which pieces wait, one piece of each in turn: so a new job waits for few pieces of the others.
    private readonly Queue<Running> _waiting = new();
    private readonly HashSet<Running> _finished = [];
    private bool _flushing;
    private bool _starting;
    private int _inFlight;

    public LoopRunner(Worker.Settings settings, Beat beat, CancellationToken drain)
    {
        (_settings, _beat, _drain, _pieceLog) = (settings, beat, drain, new PieceLog(_log));
        Receive<Runner.Run>(OnRun);
        Receive<Finished>(OnFinished);
        Receive<StartMore>(_ => OnStartMore());
        Receive<Flush>(_ => OnFlush());
    }

    public static Props Props(Worker.Settings settings, Beat beat, CancellationToken drain) =>
        Akka.Actor.Props.Create(() => new LoopRunner(settings, beat, drain)).WithDispatcher("mailroom.dispatchers.loop");

    private void OnRun(Runner.Run run)
    {
        _waiting.Enqueue(new Running(run, Runner.Writer(run, _settings.Limits)));
        Begin();
    }

    private void OnFinished(Finished finished)
    {
        _inFlight--;
        var (running, at) = (finished.Running, finished.At);
        try
        {
            if (finished.Error is null)
            {
                running.Ends.Results.Add(finished.Result!);
                running.Ends.Done(at, finished.Ticks);
            }
            else
                running.Ends.Not(Runner.Failed(running.Run, at, finished.Error, Seconds(finished.Ticks), _settings.Limits));
        }
        catch (UnencodableException error)
        {
            running.Ends.Not(Runner.Failed(running.Run, at, error, Seconds(finished.Ticks), _settings.Limits));
        }
        FlushSoon(running);
        Begin();
    }

    // Behind what already came, so that ends are told between two starts.
    private void Begin()
    {
        if (_starting || _waiting.Count == 0)
            return;
        _starting = true;
        Self.Tell(StartMore.Now);
    }

    private void OnStartMore()
    {
        _starting = false;
        var begun = Stopwatch.GetTimestamp();
        for (var now = begun; _inFlight < _settings.Width && _waiting.TryDequeue(out var next); )
        {
            now = Start(next, next.Next++, now);
            FlushSoon(next);
            if (next.Next < next.Ends.Pieces.Count)
                _waiting.Enqueue(next);
            if (Stopwatch.GetElapsedTime(begun, now) > _settings.BatchTime)
                break;
        }
        PieceConsole.Enter(null);
        if (_inFlight < _settings.Width)
            Begin();
        ShowState();
    }

    /// <returns>when it was started, or had ended already, as <see cref="Stopwatch"/> counts</returns>
    private long Start(Running lease, int at, long started)
    {
        var (run, ends, pieces) = (lease.Run, lease.Ends, lease.Ends.Pieces);
        var isBack = _drain.IsCancellationRequested || run.Returned.IsCancellationRequested;
        if (isBack || run.Cancellation.IsCancellationRequested || run.Abandoned.IsCancellationRequested)
        {
            ends.Not(isBack ? Outcome.HandedBack(pieces[at]) : Outcome.Cancelled(pieces[at]));
            return Stopwatch.GetTimestamp();
        }
        _status.At(run.Lease.Job, pieces.Index(at));
        _beat.Enter(run.Lease.Id, pieces, at, started);
        // Each its own, or a callback that never returns would keep the others from being told; and none but for who looks at it.
        var limit = new TimeLimit(Runner.TimeOf(run), started, _log, run.Cancellation);
        try
        {
            var context = Runner.Context(run, at, mayBlock: false, _pieceLog, limit);
            if (lease.IsForeign) // none of Mailroom's own kinds writes to it
                PieceConsole.Enter(context);
            if (run.Work.Run(pieces.Values, pieces.Place(at), ends.Results, context) is { } running)
            {
                _inFlight++;
                FinishAsync(lease, at, running, limit, started, _settings.Grace).PipeTo(Self);
            }
            else
            {
                ends.Done(at, Stopwatch.GetTimestamp() - started);
                limit.Dispose();
            }
        }
        catch (Exception error)
        {
            ends.Not(Runner.Failed(run, at, error, Runner.Since(started), _settings.Limits));
            limit.Dispose();
        }
        _beat.Leave();
        return Stopwatch.GetTimestamp();
    }

    private static async Task<Finished> FinishAsync(
        Running lease,
        int at,
        Task<object> running,
        TimeLimit limit,
        long started,
        TimeSpan grace
    )
    {
        // One that looks at no token is waited for a little longer than it was given, and then no more.
        var patience = Runner.TimeOf(lease.Run) is { } time ? time + grace : Timeout.InfiniteTimeSpan;
        using (limit)
        {
            try
            {
                var result = await running.WaitAsync(patience, lease.Run.Abandoned).ConfigureAwait(false);
                return new Finished(lease, at, result, null, Stopwatch.GetTimestamp() - started);
            }
            catch (Exception error)
            {
                return new Finished(lease, at, null, error, Stopwatch.GetTimestamp() - started);
            }
            finally
            {
                PieceConsole.Enter(null);
            }
        }
    }

    private static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;

    private void FlushSoon(Running lease)
    {
        if (lease.Ends.Count == 0 || !_finished.Add(lease) || _flushing)
            return;
        _flushing = true;
        Self.Tell(Flush.Now);
    }

    private void OnFlush()
    {
        _flushing = false;
        foreach (var lease in _finished)
            Context.Parent.Tell(new Runner.Ran(lease.Run.Lease.Id, lease.Ends.Take()));
        _finished.Clear();
        ShowState();
    }

    private void ShowState()
    {
        _status.State = $"{_inFlight} in flight";
        if (_inFlight == 0)
            _status.Idle();
    }

    /// <summary>A lease of which something is still to be told.</summary>
    private sealed class Running(Runner.Run run, EndsWriter ends)
    {
        public Runner.Run Run => run;

        public EndsWriter Ends => ends;

        /// <summary>Its kind is a user's own.</summary>
        public bool IsForeign { get; } = run.Work.IsForeign;

        /// <summary>The piece that is begun next.</summary>
        public int Next { get; set; }
    }

    private sealed record Finished(Running Running, int At, object? Result, Exception? Error, long Ticks) : ILocalMessage;

    private sealed record StartMore : ILocalMessage
    {
        public static StartMore Now { get; } = new();
    }

    private sealed record Flush : ILocalMessage
    {
        public static Flush Now { get; } = new();
    }
}
