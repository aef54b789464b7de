using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Pools;
using Mailroom.Sending;
using Mailroom.Techniques;

namespace Mailroom.Jobs;

/// <inheritdoc cref="JobRun"/>
/// <remarks>It tells its machine what has come, and does what that says. What a job is like to look at is kept here.</remarks>
internal sealed partial class JobRunActor : ReceiveActor, IWithTimers
{
    // How long a piece is watched that waits.
    private static readonly TimeSpan ProbeTime = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(100);

    // A worker that was told to stop its piece has its grace to do so, and this long to say so.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(1.5);

    private readonly JobDesk.Settings _settings;
    private readonly JobRun.Start _start;
    private readonly IActorRef _journal;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly JobMachine _machine;
    private readonly Chooser _chooser;
    private readonly JobCode _code;
    private readonly CancellationTokenSource _splitting = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);

    private IActorRef _pool;

    // The pool that the job has left for another, as long as something of it still runs there.
    private IActorRef _left = ActorRefs.Nobody;
    private Looks _looks;
    private bool _isLooking;
    private bool _hasRun;

    public JobRunActor(JobDesk.Settings settings, JobRun.Start start, IActorRef pool, IActorRef journal, TimeProvider time)
    {
        (_settings, _start, _pool, _journal, _time, _started) = (settings, start, pool, journal, time, time.GetTimestamp());
        var (job, request, work) = (start.Summary, start.Request, start.Work);
        _looks = new Looks(job.By, start.Because, WaitsFor: null, PausedFor: job.Reason, Stale: 0);
        var attempts = request.Attempts ?? work.Kind.Attempts ?? settings.Attempts;
        var rules = new JobMachine.Rules(
            attempts,
            settings.MaxCrashes,
            request.Backoff ?? settings.FirstDelay,
            request.Backoff > settings.MaxDelay ? request.Backoff.Value : settings.MaxDelay,
            request.Halt,
            work.Kind.NeedsEveryPiece
        );
        _machine = new JobMachine(rules, Random.Shared.NextDouble, start.Resumes, job.State == JobState.Paused);
        _chooser = new Chooser(work, start.Seats, request.IsMeasured, start.Job.Order.Workers, request.Workers, settings.LooksForLocks);
        _code = new JobCode(work, settings.Code, Self, encodes: Traits.Of(job.By).Travels || _chooser.IsMeasuring, _machine.IsRecorded);
        Working();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _status.At(_start.Summary.Job, -1);
        Timers.StartPeriodicTimer(nameof(ShowNow), new ShowNow(), ShowEvery);
        if (_start.Request.Deadline is { } deadline)
        {
            var left = TimeSpan.FromSeconds(Math.Max(0, deadline.TotalSeconds - _start.Summary.Seconds));
            Timers.StartSingleTimer(nameof(deadline), new JobRun.Cancel($"its deadline of {Quantity.Text(deadline)} is over"), left);
        }
        _code.Begin();
        _machine.Begin();
        Apply();
        Show();
    }

    protected override void PostStop()
    {
        TellPools(new Pool.Close(_start.Summary.Job));
        _splitting.CancelAside(_log);
        foreach (var receipt in _machine.Unsigned)
            receipt.Sign(); // the job is over: nobody needs to keep what came too late for it
        _code.Close();
        _chooser.Stop();
    }

    /// <summary>Until all has come to its end. What a message means in which state, the machine knows.</summary>
    private void Working()
    {
        On<JournalWriter.Replayed>(_machine.Replayed);
        On<JournalWriter.Recorded>(recorded => _machine.Recorded(recorded.Number));
        On<JournalWriter.Stalled>(stalled => _machine.Stall(stalled.Reason));
        On<JournalWriter.Unrecordable>(lost => _machine.Fail($"a result of it can't be recorded: {lost.Reason}"));
        On<Status.Failure>(failure => _machine.Fail($"what is recorded of it can't be read: {failure.Cause.Message}"));
        On<JobCode.Ready>(OnReady);
        On<JobCode.Made>(made => _machine.Made(made.Pieces, made.Passed, made.IsAll));
        On<JobCode.Entered>(OnEntered);
        On<JobCode.Broke>(OnBroke);
        On<Pool.Wanted>(OnWanted);
        On<Pool.Settled>(OnSettled);
        On<Pool.Released>(released => _machine.Released(released.Pieces));
        On<Pool.Withdrawn>(withdrawn => _machine.Withdrawn(withdrawn.Count));
        On<Pool.Quiet>(quiet => _machine.Quiet(quiet, isLeft: Sender.Equals(_left)));
        On<Pool.Stranded>(stranded => _machine.Fail($"it has no workers: {stranded.Reason}"));
        On<Pool.Stale>(stale => _looks = _looks with { Stale = _looks.Stale + stale.Count });
        On<Pool.Waiting>(OnWaiting);
        On<Pool.Awaiting>(OnAwaiting);
        On<StillAwaiting>(_ => OnStillAwaiting());
        On<JobRun.Pause>(OnPause);
        On<JobRun.Suspend>(_ => _machine.Suspend());
        On<JobRun.Cancel>(cancel => _machine.Cancel(cancel.Reason));
        On<CancelOver>(_ => _machine.CancelOver());
        On<LookNow>(_ => OnLook());
        On<Retry>(retry => _machine.Retry(retry.Piece));
        On<ShowNow>(_ => OnShowNow());
    }

    /// <summary>All has ended, and the answer is in the making: only what still counts is listened to.</summary>
    private void Answering()
    {
        On<JobCode.Answered>(answered => _machine.Answered(answered.Answer));
        On<JobCode.Broke>(OnBroke);
        On<JobRun.Cancel>(cancel => _machine.Cancel(cancel.Reason));
        On<JobRun.Suspend>(_ => _machine.Suspend());
        On<Pool.Settled>(OnSettled);
        On<JournalWriter.Recorded>(recorded => _machine.Recorded(recorded.Number));
        ReceiveAny(_ => { }); // it is over for all the others
    }

    /// <summary>Tells the machine, and does what it says.</summary>
    private void On<T>(Action<T> tell) =>
        Receive<T>(message =>
        {
            tell(message);
            Apply();
        });

    private void OnReady(JobCode.Ready ready)
    {
        _chooser.Split(ready.Seconds);
        _machine.Ready(ready.Total);
    }

    private void OnShowNow()
    {
        Show();
        LookAgain();
    }

    private void OnLook()
    {
        _isLooking = false;
        _machine.Look();
    }

    private void OnEntered(JobCode.Entered entered)
    {
        _chooser.Fold(entered.Results, entered.Seconds);
        _machine.Entered(entered.Folded);
    }

    private void OnBroke(JobCode.Broke broke)
    {
        _log.Error(Event.JobBroke, "job {Job}: {Reason}\n{Detail}", _start.Summary.Job, broke.Reason, broke.Detail);
        _machine.Fail(broke.Reason, withAnswer: !broke.IsFold);
    }

    private void OnWanted(Pool.Wanted wanted)
    {
        if (!Sender.Equals(_left))
            _machine.Wanted(wanted.Count);
    }

    private void OnSettled(Pool.Settled settled)
    {
        if (!_hasRun)
            _log.Info(
                Event.JobRunning,
                "job {Job}: its first piece is back after {Seconds} s",
                _start.Summary.Job,
                Math.Round(_time.GetElapsedTime(_started).TotalSeconds, 3)
            );
        _hasRun = true;
        _machine.Settled(settled.Ends, settled.By, settled.Receipt, _time.GetUtcNow());
        Apply();
        _chooser.Measure(settled.Ends.Costs, _machine.Total);
        if (_chooser.CanChoose)
            Choose();
    }

    private void OnPause(JobRun.Pause pause)
    {
        if (!pause.On)
            _looks = _looks with { PausedFor = null };
        _machine.Pause(pause.On);
    }

    private void Open()
    {
        var (job, request, work) = (_start.Summary, _start.Request, _start.Work);
        // Programs compute elsewhere, however they are waited for: so many at once as there are cores, or as the user says.
        var atOnce = work.Kind.RunsPrograms ? request.Workers ?? Environment.ProcessorCount : (int?)null;
        var files = SentFiles.Of(request, work);
        var spec = new JobSpec(
            job.Job,
            job.Kind,
            work.ArgumentsJson,
            request.Timeout,
            _start.Job.Order.KindVersion,
            _chooser.IsMeasuring,
            BringsFiles: files is not null
        );
        var where = Placement.Of(request, work);
        _pool.Tell(new Pool.Open(spec, request.Priority, atOnce ?? request.Workers, work, Self, atOnce, where, files));
    }

    private void TellPools(object message)
    {
        _pool.Tell(message);
        _left.Tell(message);
    }

    private void Show()
    {
        var state = _machine.IsPaused ? JobState.Paused : JobState.Running;
        if (_hasRun && _machine.Stage < Stage.Answering)
            _status.State = _machine.Standing;
        Context.Parent.Tell(new JobRun.Progress(Detail(state, null, null)));
    }

    private JobDetail Detail(JobState state, string? reason, Answer? answer)
    {
        var ledger = _machine.Ledger;
        var summary = _start.Summary with
        {
            By = _looks.By,
            State = state,
            Reason =
                reason
                ?? (
                    state == JobState.Paused ? _looks.PausedFor
                    : state == JobState.Running ? _looks.WaitsFor
                    : null
                ),
            Seconds = _start.Summary.Seconds + _time.GetElapsedTime(_started).TotalSeconds,
            Workers = ledger.Workers,
            Pieces = new PieceCounts(_machine.Total, ledger.Done, ledger.Dead, ledger.Retried, _looks.Stale),
        };
        return new JobDetail(
            summary,
            _start.Work.ArgumentsJson,
            answer,
            ledger.Failures,
            ledger.Attempts,
            _looks.Because,
            _chooser.Profile(_machine.Total)
        );
    }

    /// <summary>What is shown of a job beside its pieces.</summary>
    /// <param name="Because">why it is run by its technique, where Mailroom chose</param>
    /// <param name="WaitsFor">what only the user can bring</param>
    /// <param name="PausedFor">why it is paused, where that was not the user's wish</param>
    private sealed record Looks(Technique By, string? Because, string? WaitsFor, string? PausedFor, int Stale);

    private sealed record LookNow : ILocalMessage
    {
        public static LookNow Now { get; } = new();
    }

    private sealed record Retry(Piece Piece) : ILocalMessage;

    private sealed record StillAwaiting : ILocalMessage;

    private sealed record ShowNow : ILocalMessage;

    private sealed record CancelOver : ILocalMessage;
}
