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
        if (waiting.Reason is { } reason)
            _log.Warning(Event.JobWaits, "job {Job}: {Reason}", _start.Summary.Job, reason);
    }

    private void OnAwaiting(Pool.Awaiting awaiting)
    {
        if (_chooser.Await(awaiting.Cost))
            Timers.StartSingleTimer(nameof(StillAwaiting), new StillAwaiting(), ProbeTime);
    }

    private void OnStillAwaiting()
    {
        if (_chooser.StillAwaits(ProbeTime))
            Choose();
    }

    /// <summary>Finds its technique while it runs, and moves there.</summary>
    private void Choose()
    {
        if (_machine.Stage != Stage.Running)
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
        var now = _time.GetElapsedTime(_started).TotalSeconds;
        if (_machine.Stage != Stage.Running || _machine.IsPaused || !_left.IsNobody())
            _chooser.Pass();
        else if (_chooser.LooksAgain(now, _machine.Ledger.Settled, _machine.Total))
        {
            _log.Info(Event.JobMeasuredAgain, "job {Job}: its pieces are others than those that were measured", _start.Summary.Job);
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
