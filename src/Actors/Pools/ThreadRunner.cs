using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>Runs pieces one after the other, each whole on the dedicated thread of its pinned dispatcher. Blocking is what this thread is for.</summary>
internal sealed class ThreadRunner : ReceiveActor
{
    // A batch that takes so many times its planned time is uneven: what was not begun goes back to be shared out again.
    private const int Patience = 10;

    private readonly Worker.Settings _settings;
    private readonly Beat _beat;
    private readonly CancellationToken _drain;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);

    public ThreadRunner(Worker.Settings settings, Beat beat, CancellationToken drain)
    {
        (_settings, _beat, _drain) = (settings, beat, drain);
        Receive<Runner.Run>(OnRun);
    }

    private void OnRun(Runner.Run run)
    {
        var pieces = run.Lease.Pieces;
        var outcomes = ImmutableArray.CreateBuilder<Outcome>(pieces.Length);
        var begun = Stopwatch.GetTimestamp();
        foreach (var piece in pieces)
        {
            if (run.Abandoned.IsCancellationRequested)
                return;
            var late = Stopwatch.GetElapsedTime(begun);
            if (!run.Cancellation.IsCancellationRequested && (_drain.IsCancellationRequested || late > _settings.BatchTime * Patience))
            {
                outcomes.Add(Outcome.HandedBack(piece));
                continue;
            }
            outcomes.Add(RunOne(run, piece));
            if (late > _settings.BatchTime)
                Tell(run, outcomes);
        }
        _beat.Now = null;
        PieceConsole.Enter(null);
        Tell(run, outcomes);
        _status.Idle();
    }

    private Outcome RunOne(Runner.Run run, Piece piece)
    {
        if (run.Cancellation.IsCancellationRequested)
            return Outcome.Cancelled(piece);
        _status.At(run.Lease.Job, piece.Index);
        var started = Stopwatch.GetTimestamp();
        _beat.Now = new Beat.Running(run.Lease.Id, piece, started);
        try
        {
            using var limit = Runner.Limit(run, _log);
            // A kind that can do either shows while it is measured what it would do on an event loop.
            var context = Runner.Context(run, piece, mayBlock: !run.IsMeasured, _log, limit?.Token ?? run.Cancellation);
            PieceConsole.Enter(context);
            var clock = run.IsMeasured ? Costs.Start() : null;
            var running = run.Work.RunAsync(piece.Payload.Value(run.Work.PieceCodec), context);
            if (clock is not null && !running.IsCompleted)
                Context.Parent.Tell(new Runner.Awaits(run.Lease.Job, clock.Held()));
#pragma warning disable RS0030 // the thread is the piece's own: it has nothing else to do than wait for it
            var result = running.IsCompleted ? running.Result : running.AsTask().GetAwaiter().GetResult();
#pragma warning restore RS0030
            return Runner.Done(run, piece, result, started, _settings.Limits) with { Cost = clock?.End(context.Charged) };
        }
        catch (Exception error)
        {
            return Runner.Failed(run, piece, error, started, _settings.Limits);
        }
    }

    private static void Tell(Runner.Run run, ImmutableArray<Outcome>.Builder outcomes)
    {
        if (outcomes.Count > 0)
            Context.Parent.Tell(new Runner.Ran(run.Lease.Id, outcomes.DrainToImmutable()));
    }
}
