using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <remarks>By which technique it runs, where that is chosen.</remarks>
internal sealed partial class JobRunActor
{
    private void OnWaiting(Pool.Waiting waiting)
    {
        if (Sender.Equals(_left))
            return;
        _looks = _looks with { WaitsFor = waiting.Reason };
        if (waiting.Reason is not { } reason)
            return;
        Action<Event, string, object?[]> say = waiting.IsForLong ? _log.Warning : _log.Info;
        say(Event.JobWaits, "job {Job}: {Reason}", [_start.Summary.Job, reason]);
    }

    private void OnAwaiting(Pool.Awaiting awaiting)
    {
        if (_chooser.Await(awaiting.Cost))
            Timers.StartSingleTimer(nameof(StillAwaiting), new StillAwaiting(), ProbeTime);
    }

    private void OnStillAwaiting()
    {
        if (!_left.IsNobody())
            Timers.StartSingleTimer(nameof(StillAwaiting), new StillAwaiting(), ProbeTime);
        else if (_chooser.StillAwaits(ProbeTime))
            Choose();
    }

    /// <summary>
    /// Finds its technique while it runs, and moves there; but not before nothing of it runs any more where it was before, or it might go
    /// where it still is.
    /// </summary>
    private void Choose()
    {
        if (_machine.Stage != Stage.Running || !_left.IsNobody())
            return;
        var choice = _chooser.Choose(_machine.Total, _machine.Ledger.Settled);
        var job = _start.Summary;
        _looks = _looks with { Because = choice.Because };
        _log.Info(Event.JobChosen, "job {Job} by {By}: {Because}", job.Job, choice.By.Word(), choice.Because);
        _journal.Tell(new JournalWriter.Learn(job.Job, job.Kind, _start.Work.ArgumentsJson, choice));
        MoveTo(choice.By);
    }

    /// <summary>Its pieces may be others than those for which its technique was chosen: then they are measured anew, on threads.</summary>
    private void LookAgain()
    {
        if (_chooser.CanChoose)
            Choose();
        var (now, ledger) = (_time.GetElapsedTime(_started).TotalSeconds, _machine.Ledger);
        // Where attempts fail, pieces come slowly for another reason, and had better stay where they harm nobody.
        if (!_machine.Runs || !_left.IsNobody() || _looks.WaitsFor is not null || ledger.Dead + ledger.Retried > 0)
            _chooser.Pass();
        else if (_chooser.LookAgain(now, ledger.Settled, _machine.Total) is { } why)
        {
            _log.Info(Event.JobMeasuredAgain, "job {Job}: its pieces are measured again, because {Why}", _start.Summary.Job, why);
            _looks = _looks with { Because = $"its pieces are measured again, because {why}" };
            MoveTo(Technique.Threads);
        }
    }

    private void MoveTo(Technique by)
    {
        if (by == _looks.By)
            return;
        _looks = _looks with { By = by };
        _left = _pool;
        _left.Tell(new Pool.Release(_start.Summary.Job));
        _pool = _start.Seats![by].Pool;
        _machine.Move();
    }
}
