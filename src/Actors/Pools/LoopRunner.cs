using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
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
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Queue<(Runner.Run Run, Piece Piece)> _waiting = new();
    private readonly Dictionary<long, ImmutableArray<Outcome>.Builder> _finished = [];
    private bool _flushing;
    private bool _starting;
    private int _inFlight;

    public LoopRunner(Worker.Settings settings, Beat beat, CancellationToken drain)
    {
        (_settings, _beat, _drain) = (settings, beat, drain);
        Receive<Runner.Run>(OnRun);
        Receive<Finished>(OnFinished);
        Receive<StartMore>(_ => OnStartMore());
        Receive<Flush>(_ => OnFlush());
    }

    private void OnRun(Runner.Run run)
    {
        foreach (var piece in run.Lease.Pieces)
            _waiting.Enqueue((run, piece));
        Begin();
    }

    private void OnFinished(Finished finished)
    {
        _inFlight--;
        Keep(finished.Lease, finished.Outcome);
        Begin();
    }

    // Behind what already came, so that outcomes are told between two starts.
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
        while (_inFlight < _settings.Width && _waiting.TryDequeue(out var next))
        {
            Start(next.Run, next.Piece);
            if (Stopwatch.GetElapsedTime(begun) > _settings.BatchTime)
                break;
        }
        PieceConsole.Enter(null);
        if (_inFlight < _settings.Width)
            Begin();
        ShowState();
    }

    private void Start(Runner.Run run, Piece piece)
    {
        if (_drain.IsCancellationRequested || run.Cancellation.IsCancellationRequested || run.Abandoned.IsCancellationRequested)
        {
            Keep(run.Lease.Id, _drain.IsCancellationRequested ? Outcome.HandedBack(piece) : Outcome.Cancelled(piece));
            return;
        }
        _status.At(run.Lease.Job, piece.Index);
        var started = Stopwatch.GetTimestamp();
        _beat.Now = new Beat.Running(run.Lease.Id, piece, started);
        // Each its own, or a callback that never returns would keep the others from being told.
        var limit = new TimeLimit(Runner.TimeOf(run), _log, run.Cancellation);
        try
        {
            var context = Runner.Context(run, piece, mayBlock: false, _log, limit.Token);
            PieceConsole.Enter(context);
            var running = run.Work.RunAsync(piece.Payload.Value(run.Work.PieceCodec), context);
            if (running.IsCompletedSuccessfully)
            {
                Keep(run.Lease.Id, Runner.Done(run, piece, running.Result, started, _settings.Limits));
                limit.Dispose();
            }
            else
            {
                _inFlight++;
                FinishAsync(run, piece, running, limit, started, _settings).PipeTo(
                    Self, failure: error => new Finished(run.Lease.Id, Runner.Failed(run, piece, error, started, _settings.Limits)));
            }
        }
        catch (Exception error)
        {
            Keep(run.Lease.Id, Runner.Failed(run, piece, error, started, _settings.Limits));
            limit.Dispose();
        }
        _beat.Now = null;
    }

    private static async Task<Finished> FinishAsync(
        Runner.Run run, Piece piece, ValueTask<object> running, TimeLimit limit, long started, Worker.Settings settings)
    {
        // One that looks at no token is waited for a little longer than it was given, and then no more.
        var patience = Runner.TimeOf(run) is { } time ? time + settings.Grace : Timeout.InfiniteTimeSpan;
        using (limit)
        {
            try
            {
                return new Finished(run.Lease.Id, Runner.Done(run, piece, await running.AsTask().WaitAsync(patience, run.Abandoned).ConfigureAwait(false), started, settings.Limits));
            }
            catch (Exception error)
            {
                return new Finished(run.Lease.Id, Runner.Failed(run, piece, error, started, settings.Limits));
            }
            finally
            {
                PieceConsole.Enter(null);
            }
        }
    }

    private void Keep(long lease, Outcome outcome)
    {
        if (!_finished.TryGetValue(lease, out var outcomes))
            _finished[lease] = outcomes = ImmutableArray.CreateBuilder<Outcome>();
        outcomes.Add(outcome);
        if (_flushing)
            return;
        _flushing = true;
        Self.Tell(Flush.Now);
    }

    private void OnFlush()
    {
        _flushing = false;
        foreach (var (lease, outcomes) in _finished)
            Context.Parent.Tell(new Runner.Ran(lease, outcomes.DrainToImmutable()));
        _finished.Clear();
        ShowState();
    }

    private void ShowState()
    {
        _status.State = $"{_inFlight} in flight";
        if (_inFlight == 0)
            _status.Idle();
    }

    private sealed record Finished(long Lease, Outcome Outcome) : ILocalMessage;

    private sealed record StartMore : ILocalMessage
    {
        public static StartMore Now { get; } = new();
    }

    private sealed record Flush : ILocalMessage
    {
        public static Flush Now { get; } = new();
    }
}
