using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <remarks>What the machine says is to be done, and how it is done.</remarks>
internal sealed partial class JobRunActor
{
    private void Apply()
    {
        foreach (var effect in _machine.Take())
            Apply(effect);
    }

    private void Apply(Effect effect)
    {
        switch (effect)
        {
            case Effect.Replay(var after):
                _journal.Tell(new JournalWriter.Replay(_start.Summary.Job, after));
                break;
            case Effect.Record(var number, var ends, var by, var attempts):
                _journal.Tell(new JournalWriter.Record(_start.Summary.Job, number, ends, by, attempts));
                break;
            case Effect.Split:
                _code.Split(new SplitHint(_start.Job.Order.Workers, _start.Request.Pieces), _splitting.Token);
                break;
            case Effect.Make(var most):
                _code.Make(most);
                break;
            case Effect.Enter(var arrivals):
                _code.Enter(arrivals);
                break;
            case Effect.Finish:
                _status.State = "combining";
                _code.Finish();
                Become(Answering);
                break;
            case Effect.LookSoon when !_isLooking:
                _isLooking = true;
                Self.Tell(LookNow.Now);
                break;
            case Effect.Show:
                Show();
                break;
            default:
                ApplyToPools(effect);
                break;
        }
    }

    private void ApplyToPools(Effect effect)
    {
        var job = _start.Summary.Job;
        switch (effect)
        {
            case Effect.Open:
                Open();
                break;
            case Effect.Offer(var pieces, var again):
                _pool.Tell(new Pool.Offer(job, pieces, again));
                break;
            case Effect.Hold(var on, var number):
                _pool.Tell(new Pool.Hold(job, on, number));
                break;
            case Effect.Withdraw:
                _pool.Tell(new Pool.Withdraw(job));
                break;
            case Effect.Cancel(var reason, var number):
                _chooser.Stop();
                Context.Parent.Tell(new JobRun.Cancelling(Detail(JobState.Cancelled, reason, null)));
                TellPools(new Pool.Cancel(job, number));
                Timers.StartSingleTimer(nameof(CancelOver), new CancelOver(), _settings.Grace + AnswerTime);
                break;
            case Effect.CloseLeft:
                _left.Tell(new Pool.Close(job));
                _left = ActorRefs.Nobody;
                break;
            case Effect.Sign(var receipt):
                receipt.Sign();
                break;
            default:
                ApplyToPieces(effect);
                break;
        }
    }

    private void ApplyToPieces(Effect effect)
    {
        switch (effect)
        {
            case Effect.Retry(var piece, var wait):
                Say(piece, wait);
                Timers.StartSingleTimer(piece.Index, new Retry(piece), wait);
                break;
            case Effect.StopRetries(var pieces):
                foreach (var piece in pieces)
                    Timers.Cancel(piece);
                break;
            case Effect.Buried(var last):
                Say(last);
                break;
            case Effect.Halted halted:
                _chooser.Stop();
                Say(halted);
                break;
            case Effect.Stalled(var reason):
                _status.State = _machine.Standing;
                _log.Warning(Event.JobStalled, "job {Job} begins nothing new: {Reason}", _start.Summary.Job, reason);
                break;
            case Effect.End(var state, var reason, var answer):
                Context.Parent.Tell(new JobRun.Ended(Detail(state, reason, answer)));
                Context.Stop(Self);
                break;
            case Effect.Suspend:
                Context.Parent.Tell(new JobRun.Suspended(Detail(JobState.Running, null, null)));
                Context.Stop(Self);
                break;
            case Effect.LookSoon:
                break; // it is about to look
            default:
                throw new InvalidOperationException($"a job can't do {effect}");
        }
    }

    private void Say(Piece piece, TimeSpan wait) =>
        _log.Info(
            Event.PieceRetried,
            "job {Job} piece {Piece}: attempt {Attempt} in {Wait} s",
            _start.Summary.Job,
            piece.Index,
            piece.Attempt,
            Math.Round(wait.TotalSeconds, 3)
        );

    private void Say(Outcome last) =>
        _log.Error(
            Event.PieceDead,
            "job {Job} piece {Piece} after attempt {Attempts} on {From}: {Reason}",
            _start.Summary.Job,
            last.Piece.Index,
            last.Attempts,
            last.By.Node,
            last.Reason
        );

    private void Say(Effect.Halted halted) =>
        _log.Warning(
            Event.JobHalted,
            "job {Job} by --halt {Rule}: dead are {Dead} of {Settled} pieces",
            _start.Summary.Job,
            halted.Rule,
            halted.Dead,
            halted.Settled
        );
}
