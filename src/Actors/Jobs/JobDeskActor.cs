using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <inheritdoc cref="JobDesk"/>
internal sealed partial class JobDeskActor : ReceiveActor
{
    // They travel to every node in one message, which must fit in the smallest frame that can be set.
    private const int MaxArguments = 256 * 1024;

    private const string ByUser = "cancelled by the user";

    private readonly JobDesk.Settings _settings;
    private readonly ImmutableDictionary<Technique, JobDesk.PoolSeat> _pools;
    private readonly IActorRef _journal;
    private readonly Catalogue _catalogue;
    private readonly ImmutableArray<AcceptedJob> _unfinished;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly SortedDictionary<int, JobSummary> _listed = [];
    private readonly Dictionary<int, RunningJob> _running = [];
    private readonly Dictionary<long, (JobDesk.Send Send, AcceptedJob Job, bool IsAuto, IActorRef Asker)> _committing = [];
    private readonly Dictionary<int, IActorRef> _retrying = [];
    private readonly List<IActorRef> _drainers = [];
    private readonly HashSet<int> _ran = [];
    private int _reruns;
    private bool _suspends;
    private long _lastRequest;

    public JobDeskActor(
        JobDesk.Settings settings,
        ImmutableDictionary<Technique, JobDesk.PoolSeat> pools,
        IActorRef journal,
        Catalogue catalogue,
        ImmutableArray<JobSummary> earlier,
        ImmutableArray<AcceptedJob> unfinished,
        TimeProvider time
    )
    {
        (_settings, _pools, _journal, _catalogue, _unfinished, _time) = (settings, pools, journal, catalogue, unfinished, time);
        foreach (var job in earlier)
            _listed[job.Job] = job;
        Receive<JobDesk.Send>(OnSend);
        Receive<JournalWriter.Accepted>(OnAccepted);
        Receive<JournalWriter.Refused>(OnRefused);
        Receive<JobRun.Progress>(OnProgress);
        Receive<JobRun.Cancelling>(OnCancelling);
        Receive<JobRun.Ended>(OnEnded);
        Receive<JobRun.Suspended>(OnSuspended);
        Receive<JobDesk.Pause>(pause => OnPause(pause.Job, on: true));
        Receive<JobDesk.Resume>(resume => OnPause(resume.Job, on: false));
        Receive<JobDesk.Order>(order => _journal.Forward(new JournalWriter.Order(order.Job)));
        Receive<JobDesk.Retry>(OnRetry);
        Receive<JobDesk.Remove>(OnRemove);
        Receive<JournalWriter.Removed>(OnRemoved);
        Receive<AcceptedJob>(OnRetryOrder);
        Receive<Status.Failure>(OnUnreadable);
        Receive<JournalWriter.NoSuchJob>(none => AnswerRetry(none.Job, new JobDesk.NotFound(none.Job)));
        Receive<JobDesk.List>(_ => Sender.Tell(new JobDesk.Listed([.. _listed.Values.Reverse()])));
        Receive<JobDesk.Show>(OnShow);
        Receive<JobDesk.Wait>(OnWait);
        Receive<JobDesk.Cancel>(OnCancel);
        Receive<JobDesk.Drain>(OnDrain);
        Receive<Terminated>(OnJobStopped);
    }

    /// <summary>
    /// A job that breaks is a bug of ours or of its kind: it can't be trusted any more, so it ends as failed; the others go on.
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(error =>
        {
            _log.Error(error, Event.JobBroke, "{Actor}: {Reason}", Sender.Path.Name, error.Message);
            return Directive.Stop;
        });

    protected override void PreStart()
    {
        foreach (var job in _listed.Values)
            Publish(new JobDesk.Changed(job));
        foreach (var job in _unfinished)
            Resume(job);
    }

    private void Run(JobRun.Start start)
    {
        var job = start.Summary;
        var actor = Context.Watch(
            Context.ActorOf(
                JobRun.Props(_settings, start, _pools[job.By].Pool, _journal, _time),
                _ran.Add(job.Job) ? $"job-{job.Job}" : $"job-{job.Job}.{++_reruns}"
            )
        );
        _running[job.Job] = new RunningJob(actor);
        if (_suspends)
            actor.Tell(new JobRun.Suspend()); // it was accepted while the host began to stop
        Remember(job);
    }

    private void OnProgress(JobRun.Progress progress)
    {
        if (!_running.TryGetValue(progress.Job.Summary.Job, out var running))
            return;
        running.Detail = progress.Job;
        Remember(progress.Job.Summary);
    }

    // Committed at once: if this host ends meanwhile, the next one does not go on with the job.
    private void OnCancelling(JobRun.Cancelling cancelling)
    {
        if (!_running.TryGetValue(cancelling.Job.Summary.Job, out var running))
            return;
        (running.IsCancelling, running.IsCommitted) = (true, true);
        _journal.Tell(new JournalWriter.End(cancelling.Job));
    }

    private void OnEnded(JobRun.Ended ended)
    {
        if (!_running.Remove(ended.Job.Summary.Job, out var running))
            return;
        if (running.IsCommitted && ended.Job.Summary.State == JobState.Failed)
            // Its records are gone: it can't be run again.
            ended = new JobRun.Ended(ended.Job with { Summary = ended.Job.Summary with { State = JobState.Cancelled } });
        var job = ended.Job.Summary;
        Remember(job);
        _journal.Tell(new JournalWriter.End(ended.Job));
        _log.Info(
            Event.JobEnded,
            "job {Job} {State} after {Seconds} s: {Done} done, {Dead} dead{Reason}",
            job.Job,
            job.State.Word(),
            Math.Round(job.Seconds, 3),
            job.Pieces.Done,
            job.Pieces.Dead,
            job.Reason is null ? "" : ": " + job.Reason
        );
        foreach (var waiter in running.Waiters)
            waiter.Tell(ended.Job);
        TellIfDrained();
    }

    private void OnSuspended(JobRun.Suspended suspended)
    {
        var job = suspended.Job.Summary;
        if (!_running.TryGetValue(job.Job, out var running))
            return;
        if (running.IsCancelling)
        {
            // It was left to the next host just before.
            OnEnded(new JobRun.Ended(suspended.Job with { Summary = job with { State = JobState.Cancelled, Reason = ByUser } }));
            return;
        }
        _running.Remove(job.Job);
        Remember(job);
        _log.Info(
            Event.JobSuspended,
            "job {Job}: {Done} of its pieces are recorded, the next host goes on",
            job.Job,
            job.Pieces.Done + job.Pieces.Dead
        );
        foreach (var waiter in running.Waiters)
            waiter.Tell(suspended.Job);
        TellIfDrained();
    }

    private void OnJobStopped(Terminated stopped)
    {
        if (_running.FirstOrDefault(pair => pair.Value.Actor.Equals(stopped.ActorRef)) is not { Value: { } broken } found)
            return; // it ended as it should
        var summary = _listed[found.Key] with
        {
            State = JobState.Failed,
            Reason = "the job's own actor broke; this is a bug, see its log",
        };
        OnEnded(
            new JobRun.Ended(
                new JobDetail(
                    summary,
                    broken.Detail?.ArgumentsJson ?? "{}",
                    null,
                    broken.Detail?.Failures ?? [],
                    broken.Detail?.Attempts ?? []
                )
            )
        );
    }

    private void OnShow(JobDesk.Show show)
    {
        if (_running.TryGetValue(show.Job, out var running))
            Sender.Tell(Detail(show.Job, running));
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

    private void OnDrain(JobDesk.Drain drain)
    {
        _drainers.Add(Sender);
        _suspends |= drain.Suspend;
        if (drain.Suspend)
            foreach (var running in _running.Values)
                running.Actor.Tell(new JobRun.Suspend());
        TellIfDrained();
    }

    private void TellIfDrained()
    {
        if (_running.Count > 0 || _committing.Count > 0)
            return;
        foreach (var drainer in _drainers)
            drainer.Tell(new JobDesk.Drained());
    }

    private static void Publish(object message) => Context.System.EventStream.Publish(message);

    private JobDetail Detail(int job, RunningJob running) => running.Detail ?? new JobDetail(_listed[job], "{}", null, [], []);

    private void Remember(JobSummary job)
    {
        _status.State = $"{_running.Count} running";
        if (_listed.TryGetValue(job.Job, out var before) && IsNoNews(before, job))
            return;
        _listed[job.Job] = job;
        Publish(new JobDesk.Changed(job));
        while (_listed.Count > _settings.Remembered && _listed.Values.FirstOrDefault(listed => listed.HasEnded) is { } oldest)
        {
            _listed.Remove(oldest.Job);
            Publish(new JobDesk.Forgotten(oldest.Job));
        }
    }

    // That time passes is none; once a second it is told all the same.
    private static bool IsNoNews(JobSummary before, JobSummary now) =>
        before with { Seconds = now.Seconds } == now && Math.Abs(now.Seconds - before.Seconds) < 1;

    private sealed class RunningJob(IActorRef actor)
    {
        public IActorRef Actor => actor;

        public JobDetail? Detail { get; set; }

        public bool IsCancelling { get; set; }

        /// <summary>Whether it is committed as cancelled.</summary>
        public bool IsCommitted { get; set; }

        public List<IActorRef> Waiters { get; } = [];
    }
}
