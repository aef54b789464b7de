using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <inheritdoc cref="JobDesk"/>
internal sealed class JobDeskActor : ReceiveActor
{
    // They travel to every node in one message, which must fit in the smallest frame that can be set.
    private const int MaxArguments = 256 * 1024;

    private const string ByUser = "cancelled by the user";

    private readonly JobDesk.Settings _settings;
    private readonly ImmutableDictionary<Technique, JobDesk.PoolSeat> _pools;
    private readonly IActorRef _journal;
    private readonly Catalogue _catalogue;
    private readonly ImmutableArray<UnfinishedJob> _unfinished;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly SortedDictionary<int, JobSummary> _listed = [];
    private readonly Dictionary<int, RunningJob> _running = [];
    private readonly Dictionary<long, (JobDesk.Send Send, JobSummary Job, JobOrder Order, bool IsAuto, IActorRef Asker)> _committing = [];
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
        ImmutableArray<UnfinishedJob> unfinished,
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
        Receive<UnfinishedJob>(OnRetryOrder);
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
            _log.Error(error, "job.broke {Actor}: {Reason}", Sender.Path.Name, error.Message);
            return Directive.Stop;
        });

    protected override void PreStart()
    {
        foreach (var job in _unfinished)
            Resume(job);
    }

    /// <summary>Goes on with a job of an earlier host, or says why that must wait.</summary>
    private void Resume(UnfinishedJob job)
    {
        var summary = job.Summary;
        if (_catalogue.Lacks(summary.Kind, job.Order.KindVersion) is { } missing)
        {
            _log.Warning("job.waits job {Job}: {Reason}", summary.Job, missing);
            Remember(summary with { Reason = missing });
            return;
        }
        if (job.Deaths >= _settings.MaxCrashes)
        {
            var reason =
                $"{job.Deaths} hosts ended while they ran it, and nothing new was recorded; perhaps a piece ends its process. "
                + $"'mailroom jobs resume {summary.Job}' tries again; sent anew --by processes, a piece ends only its node";
            _log.Error("job.held job {Job}: {Reason}", summary.Job, reason);
            _journal.Tell(new JournalWriter.Change(summary.Job, JobState.Paused, Reason: reason));
            _journal.Tell(
                new JournalWriter.Learn(
                    null,
                    summary.Kind,
                    job.Order.ArgumentsJson,
                    new Choice(Technique.Processes, "hosts have died while they ran it, and a node contains what ends its process")
                )
            );
            summary = summary with { State = JobState.Paused, Reason = reason };
        }
        else if (summary.State != JobState.Paused)
            summary = summary with { Reason = null };
        _log.Info("job.resumed job {Job}: {Kind} by {By}", summary.Job, summary.Kind, summary.By.Word());
        var request = System.Text.Json.JsonSerializer.Deserialize<JobRequest>(job.Order.RequestJson, Codec.JsonOptions)!;
        var work = _catalogue.Find(summary.Kind).Open(job.Order.ArgumentsJson);
        var state = summary.State == JobState.Paused ? JobState.Paused : JobState.Running;
        // The time without a host counts too.
        var seconds = Math.Max(0, (_time.GetUtcNow() - job.BegunAt).TotalSeconds);
        var isAuto = summary.By == Technique.Threads && FirstBy(new JobDesk.Send(request, work)).IsAuto;
        Run(
            new JobRun.Start(
                summary with
                {
                    State = state,
                    Seconds = seconds,
                },
                request,
                work,
                job.Order.KindVersion,
                job.Order.Workers,
                Resumes: true,
                isAuto ? _pools : null
            )
        );
    }

    private void Run(JobRun.Start start)
    {
        var job = start.Job;
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

    private void OnSend(JobDesk.Send send)
    {
        if (_drainers.Count > 0)
        {
            Sender.Tell(new JobDesk.Refused("the host is stopping and takes no new jobs", IsStopping: true));
            return;
        }
        if (send.Work.ArgumentsJson.Length > MaxArguments)
        {
            Sender.Tell(
                new JobDesk.Refused(
                    $"its arguments have {send.Work.ArgumentsJson.Length} characters; at most {MaxArguments} are allowed, so put "
                        + "long lists into a folder or a file"
                )
            );
            return;
        }
        var (by, isAuto) = FirstBy(send);
        var job = new JobSummary(
            0,
            send.Request.Kind,
            by,
            JobState.Accepted,
            send.Request.Name,
            send.Request.Priority,
            _time.GetUtcNow(),
            new PieceCounts(null, 0, 0, 0),
            0,
            0,
            null
        );
        var order = new JobOrder(
            System.Text.Json.JsonSerializer.Serialize(send.Request with { Arguments = [] }, Codec.JsonOptions),
            send.Work.ArgumentsJson,
            send.KindVersion,
            send.Request.Workers ?? _pools[by].Workers,
            send.Request.Id
        );
        _committing[++_lastRequest] = (send, job, order, isAuto, Sender);
        _journal.Tell(
            new JournalWriter.Accept(_lastRequest, job, order, isAuto ? [.. send.Work.Kind.Techniques.Where(_pools.ContainsKey)] : [])
        );
    }

    /// <summary>The technique with which a job begins, and whether it is to be chosen by measuring.</summary>
    private static (Technique By, bool IsAuto) FirstBy(JobDesk.Send send)
    {
        var kind = send.Work.Kind;
        if (send.Request.By is { } by)
            return (by, false);
        if (send.Work.NeedsProcess && kind.Techniques.Contains(Technique.Processes))
            return (Technique.Processes, false);
        if (kind.RunsPrograms)
            return (kind.Preferred, false); // what they compute is computed elsewhere, whoever waits for it
        return kind.Techniques is [var only] ? (only, false)
            : kind.Techniques.Contains(Technique.Threads) ? (Technique.Threads, true)
            : (kind.Preferred, false);
    }

    private void OnAccepted(JournalWriter.Accepted accepted)
    {
        if (!_committing.Remove(accepted.Request, out var waiting))
            return;
        if (accepted.Again is { } again)
        {
            waiting.Asker.Tell(new JobDesk.Accepted(accepted.Job));
            if (again.Unfinished is { } unfinished && !_running.ContainsKey(accepted.Job))
                Resume(unfinished); // a host that has ended since accepted it, and nobody else will run it for whoever sent it
            return;
        }
        var learned = accepted.Learned;
        var job = waiting.Job with { Job = accepted.Job, By = learned?.By ?? waiting.Job.By };
        _log.Info("job.accepted job {Job}: {Kind} by {By}", job.Job, job.Kind, job.By.Word());
        waiting.Asker.Tell(new JobDesk.Accepted(job.Job));
        Run(
            new JobRun.Start(
                job,
                waiting.Send.Request,
                waiting.Send.Work,
                waiting.Send.KindVersion,
                waiting.Order.Workers,
                Resumes: false,
                waiting.IsAuto && learned is null ? _pools : null,
                learned is null ? null : $"{learned.Because}; so it was found before"
            )
        );
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
            "job.ended job {Job} {State} after {Seconds} s: {Done} pieces done, {Dead} dead{Reason}",
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
        _log.Info("job.suspended job {Job}: {Done} pieces are recorded, the next host goes on", job.Job, job.Pieces.Done + job.Pieces.Dead);
        foreach (var waiter in running.Waiters)
            waiter.Tell(suspended.Job);
        TellIfDrained();
    }

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
        _log.Info("job.changed job {Job} is {State}", job, on ? "paused" : "running");
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

    private void OnRetryOrder(UnfinishedJob job)
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

    private JobDetail Detail(int job, RunningJob running) => running.Detail ?? new JobDetail(_listed[job], "{}", null, [], []);

    private void Remember(JobSummary job)
    {
        _listed[job.Job] = job;
        while (_listed.Count > _settings.Remembered && _listed.Values.FirstOrDefault(listed => listed.HasEnded) is { } oldest)
            _listed.Remove(oldest.Job);
        _status.State = $"{_running.Count} running";
    }

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
