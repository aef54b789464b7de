using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Journal;
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
        var choice = _chooser.Choose(_machine.Total);
        var (job, by) = (_start.Summary, _looks.By);
        _looks = _looks with { By = choice.By, Because = choice.Because };
        _log.Info(Event.JobChosen, "job {Job} by {By}: {Because}", job.Job, choice.By.Word(), choice.Because);
        _journal.Tell(new JournalWriter.Learn(job.Job, job.Kind, _start.Work.ArgumentsJson, choice));
        if (choice.By == by)
            return;
        _left = _pool;
        _left.Tell(new Pool.Release(job.Job));
        _pool = _start.Seats![choice.By].Pool;
        _machine.Move();
    }
}
