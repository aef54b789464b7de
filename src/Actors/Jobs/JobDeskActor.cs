using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Journal;
using Mailroom.Kinds;

namespace Mailroom.Jobs;

/// <inheritdoc cref="JobDesk"/>
internal sealed class JobDeskActor : ReceiveActor
{
    // They travel to every node in one message, which must fit in the smallest frame that can be set.
    private const int MaxArguments = 256 * 1024;

    private readonly JobDesk.Settings _settings;
    private readonly ImmutableDictionary<Technique, JobDesk.PoolSeat> _pools;
    private readonly IActorRef _journal;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly SortedDictionary<int, JobSummary> _listed = [];
    private readonly Dictionary<int, RunningJob> _running = [];
    private readonly Dictionary<long, (JobDesk.Send Send, JobSummary Job, IActorRef Asker)> _committing = [];
    private readonly List<IActorRef> _drainers = [];
    private long _lastRequest;

    public JobDeskActor(
        JobDesk.Settings settings, ImmutableDictionary<Technique, JobDesk.PoolSeat> pools, IActorRef journal, ImmutableArray<JobSummary> earlier, TimeProvider time)
    {
        (_settings, _pools, _journal, _time) = (settings, pools, journal, time);
        foreach (var job in earlier)
            _listed[job.Job] = job;
        Receive<JobDesk.Send>(OnSend);
        Receive<JournalWriter.Accepted>(OnAccepted);
        Receive<JournalWriter.Refused>(OnRefused);
        Receive<JobRun.Progress>(OnProgress);
        Receive<JobRun.Ended>(OnEnded);
        Receive<JobDesk.List>(_ => Sender.Tell(new JobDesk.Listed([.. _listed.Values.Reverse()])));
        Receive<JobDesk.Show>(OnShow);
        Receive<JobDesk.Wait>(OnWait);
        Receive<JobDesk.Cancel>(OnCancel);
        Receive<JobDesk.Drain>(OnDrain);
        Receive<Terminated>(OnJobStopped);
    }

    /// <summary>A job that breaks is a bug of ours or of its kind: it can't be trusted any more, so it ends as failed; the others go on.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(error =>
    {
        _log.Error(error, "job.broke {Actor}: {Reason}", Sender.Path.Name, error.Message);
        return Directive.Stop;
    });

    private void OnSend(JobDesk.Send send)
    {
        if (_drainers.Count > 0)
        {
            Sender.Tell(new JobDesk.Refused("the host is stopping and takes no new jobs", IsStopping: true));
            return;
        }
        if (send.Work.ArgumentsJson.Length > MaxArguments)
        {
            Sender.Tell(new JobDesk.Refused($"its arguments have {send.Work.ArgumentsJson.Length} characters; at most {MaxArguments} are allowed, so put long lists into a folder or a file"));
            return;
        }
        var by = send.Request.By ?? send.Work.Kind.Preferred;
        var job = new JobSummary(0, send.Request.Kind, by, JobState.Accepted, send.Request.Name, send.Request.Priority,
            _time.GetUtcNow(), new PieceCounts(null, 0, 0, 0), 0, 0, null);
        _committing[++_lastRequest] = (send, job, Sender);
        _journal.Tell(new JournalWriter.Accept(_lastRequest, job, send.Work.ArgumentsJson));
    }

    private void OnAccepted(JournalWriter.Accepted accepted)
    {
        if (!_committing.Remove(accepted.Request, out var waiting))
            return;
        var job = waiting.Job with { Job = accepted.Job };
        _log.Info("job.accepted job {Job}: {Kind} by {By}", job.Job, job.Kind, job.By.ToString().ToLowerInvariant());
        waiting.Asker.Tell(new JobDesk.Accepted(job.Job));
        var seat = _pools[job.By];
        var actor = Context.Watch(Context.ActorOf(JobRun.Props(_settings, job, waiting.Send, seat, _time), $"job-{job.Job}"));
        _running[job.Job] = new RunningJob(actor);
        Remember(job);
    }

    private void OnRefused(JournalWriter.Refused refused)
    {
        if (_committing.Remove(refused.Request, out var waiting))
            waiting.Asker.Tell(new JobDesk.Refused(refused.Reason));
    }

    private void OnProgress(JobRun.Progress progress)
    {
        if (!_running.TryGetValue(progress.Job.Summary.Job, out var running))
            return;
        running.Detail = progress.Job;
        Remember(progress.Job.Summary);
    }

    private void OnEnded(JobRun.Ended ended)
    {
        var job = ended.Job.Summary;
        if (!_running.Remove(job.Job, out var running))
            return;
        Remember(job);
        _journal.Tell(new JournalWriter.End(ended.Job));
        _log.Info("job.ended job {Job} {State} after {Seconds} s: {Done} pieces done, {Dead} dead{Reason}",
            job.Job, job.State.ToString().ToLowerInvariant(), Math.Round(job.Seconds, 3), job.Pieces.Done, job.Pieces.Dead, job.Reason is null ? "" : ": " + job.Reason);
        foreach (var waiter in running.Waiters)
            waiter.Tell(ended.Job);
        TellIfDrained();
    }

    private void OnJobStopped(Terminated stopped)
    {
        if (_running.FirstOrDefault(pair => pair.Value.Actor.Equals(stopped.ActorRef)) is not { Value: { } broken } found)
            return; // it ended as it should
        var summary = _listed[found.Key] with { State = JobState.Failed, Reason = "the job's own actor broke; this is a bug, see its log" };
        OnEnded(new JobRun.Ended(new JobDetail(summary, broken.Detail?.ArgumentsJson ?? "{}", null, broken.Detail?.Failures ?? [])));
    }

    private void OnShow(JobDesk.Show show)
    {
        if (_running.TryGetValue(show.Job, out var running))
            Sender.Tell(running.Detail ?? new JobDetail(_listed[show.Job], "{}", null, []));
        else
            _journal.Forward(new JournalWriter.Read(show.Job));
    }

    private void OnWait(JobDesk.Wait wait)
    {
        if (_running.TryGetValue(wait.Job, out var running))
            running.Waiters.Add(Sender);
        else
            _journal.Forward(new JournalWriter.Read(wait.Job));
    }

    private void OnCancel(JobDesk.Cancel cancel)
    {
        if (_running.TryGetValue(cancel.Job, out var running))
            running.Actor.Tell(new JobRun.Cancel("cancelled by the user"));
        OnWait(new JobDesk.Wait(cancel.Job));
    }

    private void OnDrain(JobDesk.Drain _)
    {
        _drainers.Add(Sender);
        TellIfDrained();
    }

    private void TellIfDrained()
    {
        if (_running.Count > 0 || _committing.Count > 0)
            return;
        foreach (var drainer in _drainers)
            drainer.Tell(new JobDesk.Drained());
    }

    private void Remember(JobSummary job)
    {
        _listed[job.Job] = job;
        while (_listed.Count > _settings.Remembered && _listed.First() is var (oldest, summary) && summary.HasEnded)
            _listed.Remove(oldest);
        _status.State = $"{_running.Count} running";
    }

    private sealed class RunningJob(IActorRef actor)
    {
        public IActorRef Actor => actor;

        public JobDetail? Detail { get; set; }

        public List<IActorRef> Waiters { get; } = [];
    }
}
