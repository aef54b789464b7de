using Akka.Actor;
using Akka.Event;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Journal;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <remarks>What a user does with a job that is there: pause, resume, retry, cancel.</remarks>
internal sealed partial class JobDeskActor
{
    private void OnPause(int job, bool on)
    {
        if (!_running.TryGetValue(job, out var running))
        {
            Sender.Tell(
                _listed.TryGetValue(job, out var ended)
                    ? new JobDesk.Refused(
                        ended.HasEnded
                            ? $"job {job} has ended, it is {ended.State.Word()}"
                            : $"job {job} doesn't run here; 'mailroom start' goes on with it"
                    )
                    : new JobDesk.NotFound(job)
            );
            return;
        }
        if (running.IsCancelling || _suspends)
        {
            Sender.Tell(
                running.IsCancelling
                    ? new JobDesk.Refused($"job {job} is being cancelled")
                    : new JobDesk.Refused("the host is stopping, and the next one goes on with its jobs", IsStopping: true)
            );
            return;
        }
        running.Actor.Tell(new JobRun.Pause(on));
        _journal.Tell(new JournalWriter.Change(job, on ? JobState.Paused : JobState.Running));
        _log.Info(Event.JobChanged, "job {Job} is {State}", job, on ? "paused" : "running");
        Remember(_listed[job] with { State = on ? JobState.Paused : JobState.Running });
        Sender.Tell(Detail(job, running) with { Summary = _listed[job] });
    }

    private void OnRetry(JobDesk.Retry retry)
    {
        if (_drainers.Count > 0 || _running.ContainsKey(retry.Job))
            Sender.Tell(
                new JobDesk.Refused(
                    _drainers.Count > 0 ? "the host is stopping and takes no new jobs" : $"job {retry.Job} still runs",
                    IsStopping: _drainers.Count > 0
                )
            );
        else if (_retrying.ContainsKey(retry.Job))
            Sender.Tell(new JobDesk.Refused($"job {retry.Job} is being retried already"));
        else
        {
            _retrying[retry.Job] = Sender;
            _journal.Tell(new JournalWriter.Order(retry.Job));
        }
    }

    private void OnRetryOrder(AcceptedJob job)
    {
        var number = job.Summary.Job;
        if (_running.ContainsKey(number))
            return;
        if (job.Summary.State != JobState.Failed)
            AnswerRetry(number, new JobDesk.Refused($"job {number} has nothing to be run again, it is {job.Summary.State.Word()}"));
        else if (_drainers.Count > 0)
            AnswerRetry(number, new JobDesk.Refused("the host is stopping and takes no new jobs", IsStopping: true));
        else if (_catalogue.Lacks(job.Summary.Kind, job.Order.KindVersion) is { } reason)
            AnswerRetry(number, new JobDesk.Refused($"job {number} can't be run again: {reason}"));
        else
        {
            var now = _time.GetUtcNow();
            _journal.Tell(new JournalWriter.Change(number, JobState.Running, Again: now));
            Resume(job with { BegunAt = now });
            AnswerRetry(
                number,
                new JobDetail(job.Summary with { State = JobState.Running, Reason = null }, job.Order.ArgumentsJson, null, [], [])
            );
        }
    }

    // The journal does not say of which job; whoever waits for a retry may try again.
    private void OnUnreadable(Status.Failure failure)
    {
        foreach (var asker in _retrying.Values)
            asker.Tell(failure);
        _retrying.Clear();
    }

    private void AnswerRetry(int job, object answer)
    {
        if (_retrying.Remove(job, out var asker))
            asker.Tell(answer);
    }

    private void OnRemove(JobDesk.Remove remove)
    {
        if (remove.Job is { } job && (_running.ContainsKey(job) || _listed.TryGetValue(job, out var listed) && !listed.HasEnded))
            Sender.Tell(new JobDesk.Refused($"job {job} has not ended; 'mailroom jobs cancel {job}' ends it"));
        else if (_retrying.Count > 0)
            Sender.Tell(new JobDesk.Refused($"job {_retrying.Keys.First()} is being retried; try again"));
        else
            _journal.Tell(new JournalWriter.Remove(remove.Job, remove.Before, Sender));
    }

    private void OnRemoved(JournalWriter.Removed removed)
    {
        foreach (var job in removed.Jobs)
        {
            _listed.Remove(job);
            Publish(new JobDesk.Forgotten(job));
        }
        if (removed.Jobs.Length > 0)
            _log.Info(Event.JobRemoved, "{Count} removed, {First} to {Last}", removed.Jobs.Length, removed.Jobs.Min(), removed.Jobs.Max());
        removed.For.Tell(
            removed is { Job: { } missing, Jobs.Length: 0 } ? new JobDesk.NotFound(missing) : new JobDesk.Removed(removed.Jobs)
        );
    }

    private void OnCancel(JobDesk.Cancel cancel)
    {
        if (_running.TryGetValue(cancel.Job, out var running))
        {
            running.IsCancelling = true;
            running.Actor.Tell(new JobRun.Cancel(ByUser));
        }
        else if (_listed.TryGetValue(cancel.Job, out var idle) && !idle.HasEnded)
        {
            // It waits for a host that knows its kind, or was left to the next one.
            var cancelled = idle with
            {
                State = JobState.Cancelled,
                Reason = ByUser,
            };
            _journal.Tell(new JournalWriter.End(new JobDetail(cancelled, "{}", null, [], [])));
            Remember(cancelled);
        }
        OnWait(new JobDesk.Wait(cancel.Job));
    }
}
