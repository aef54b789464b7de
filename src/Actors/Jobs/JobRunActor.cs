using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Advice;
using Mailroom.Batches;
using Mailroom.Inspection;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <inheritdoc cref="JobRun"/>
internal sealed partial class JobRunActor : ReceiveActor, IWithTimers
{
    // How far the newest piece may run ahead of the oldest that is still open: bounds the results that wait to be folded.
    private const int MaxAhead = 65_536;
    private const int MaxOffer = 8_192;

    // Failed attempts that are noted in the journal, and how many of them with their stacks: a job all of whose pieces
    // fail must not fill the disk.
    private const int MaxNoted = 10_000;
    private const int MaxDetailed = 100;

    // How long a piece is watched that waits.
    private static readonly TimeSpan ProbeTime = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(100);

    // A worker that was told to stop its piece has its grace to do so, and this long to say so.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(1.5);

    private readonly JobDesk.Settings _settings;
    private readonly JobSummary _job;
    private readonly JobRequest _request;
    private readonly IWork _work;
    private readonly IActorRef _journal;
    private readonly JobRun.Start _start;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Ledger _ledger = new();
    private readonly JobCode _code;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly BatchQueue _due = new();
    private readonly HashSet<int> _retrying = [];
    private readonly PieceSet _recorded = new();

    // What an earlier host tried with pieces that have not ended.
    private readonly Dictionary<int, (int Attempts, int Crashes)> _tried = [];

    // Sent to the journal and not yet on the disk.
    private readonly Dictionary<long, (Ends Ends, RanBy By, Pool.Receipt? Receipt)> _unrecorded = [];
    private long _lastRecord;
    private readonly CancellationTokenSource _splitting = new();
    private int? _total;
    private int _made;
    private int _folded;
    private int _credit;
    private bool _making;
    private bool _ended;
    private bool _exhausted;
    private bool _ran;
    private bool _offering;
    private bool _halting;
    private bool _isPaused;
    private bool _suspending;
    private bool _quiet;
    private bool _stalled;
    private int _withdrawn;
    private int _noted;
    private int _stale;
    private Cancellation? _cancellation;
    private IActorRef _pool;

    // The pool that the job has left for another, as long as something of it still runs there.
    private IActorRef _left = ActorRefs.Nobody;
    private bool _poolIsQuiet;
    private long _holds;
    private Technique _by;
    private string? _because;

    // Why it is paused, where that was not the user's wish.
    private string? _pausedFor;

    // What it waits for that only the user can bring.
    private string? _waitsFor;
    private Probe? _probe;

    // Adds up as long as pieces are measured; what it has found in the end is the profile.
    private Measurement? _measurement;
    private Profile? _profile;
    private double _splitSeconds;
    private Cost? _awaited;

    public JobRunActor(JobDesk.Settings settings, JobRun.Start start, IActorRef pool, IActorRef journal, TimeProvider time)
    {
        (_settings, _start, _pool, _journal, _time) = (settings, start, pool, journal, time);
        (_job, _request, _work, _isPaused) = (start.Job, start.Request, start.Work, start.Job.State == JobState.Paused);
        _started = time.GetTimestamp();
        (_by, _because, _pausedFor) = (_job.By, start.Because, _job.Reason);
        _measurement = start.Seats is not null || _request.IsMeasured ? new Measurement(start.Seats is { } own ? WorkersOf(own[Technique.Threads]) : start.Workers) : null;
        if (start.Seats is { } seats)
            _probe = new Probe(
                _measurement!, [.. _work.Kind.Techniques.Where(seats.ContainsKey)], technique => WorkersOf(seats[technique]), seats.TryGetValue(Technique.Async, out var async) ? async.Workers * async.Width : 1,
                seats.TryGetValue(Technique.Processes, out var processes) ? processes.Start : 0);
        _code = new JobCode(_work, settings.Code, Self, encodes: _by == Technique.Processes || _measurement is not null, _recorded.Contains);
        Receive<Pool.Wanted>(wanted =>
        {
            if (Sender.Equals(_left))
                return;
            _credit += wanted.Count;
            OfferSoon();
        });
        Receive<Pool.Settled>(OnSettled);
        Receive<Pool.Stale>(stale => _stale += stale.Count);
        Receive<JournalWriter.Recorded>(OnRecorded);
        Receive<JournalWriter.Stalled>(OnStalled);
        Receive<JournalWriter.Replayed>(OnReplayed);
        Receive<Status.Failure>(failure => End(JobState.Failed, $"what is recorded of it can't be read: {failure.Cause.Message}"));
        Receive<JobRun.Pause>(OnPause);
        Receive<JournalWriter.Unrecordable>(lost => End(JobState.Failed, $"a result of it can't be recorded: {lost.Reason}"));
        Receive<JobRun.Suspend>(_ => OnSuspend());
        Receive<Pool.Quiet>(OnPoolQuiet);
        Receive<Pool.Awaiting>(OnAwaiting);
        Receive<StillWaiting>(_ => OnStillWaiting());
        Receive<Pool.Released>(OnReleased);
        Receive<JobCode.Ready>(OnReady);
        Receive<JobCode.Made>(OnMade);
        Receive<JobCode.Entered>(OnEntered);
        Receive<JobCode.Broke>(OnBroke);
        Receive<Pool.Withdrawn>(OnWithdrawn);
        Receive<Pool.Waiting>(OnWaiting);
        Receive<Pool.Stranded>(stranded => End(JobState.Failed, $"it has no workers: {stranded.Reason}"));
        Receive<OfferMore>(_ => Offer());
        Receive<Retry>(OnRetry);
        if (start.Request.Deadline is { } deadline)
            Timers.StartSingleTimer(nameof(deadline), new JobRun.Cancel($"its deadline of {Input.Quantity.Text(deadline)} is over"), TimeSpan.FromSeconds(Math.Max(0, deadline.TotalSeconds - start.Job.Seconds)));
        Receive<Tell>(_ => Context.Parent.Tell(new JobRun.Progress(Detail(Running, null, null))));
        Receive<JobRun.Cancel>(OnCancel);
        Receive<CancelOver>(_ => EndCancelled());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _status.At(_job.Job, -1);
        Timers.StartPeriodicTimer(nameof(Tell), new Tell(), TellEvery);
        _code.Begin();
        if (_start.Resumes)
            _journal.Tell(new JournalWriter.Replay(_job.Job, 0));
        else
            BeginSplit();
        if (!_ended)
            Context.Parent.Tell(new JobRun.Progress(Detail(Running, null, null)));
    }

    protected override void PostStop()
    {
        TellPools(new Pool.Close(_job.Job));
        _splitting.CancelAside(_log);
        foreach (var (_, _, receipt) in _unrecorded.Values)
            receipt?.Sign(); // the job is over: nobody needs to keep what came too late for it
        _code.Close();
    }

    private void BeginSplit() => _code.Split(new SplitHint(_start.Workers, _request.Pieces), _splitting.Token);

    /// <summary>What an earlier host recorded counts; it isn't run again.</summary>
    private void OnReplayed(JournalWriter.Replayed replayed)
    {
        foreach (var attempt in replayed.Attempts)
            Remember(attempt);
        foreach (var done in replayed.Done)
            _ledger.Replay(done.Where(at => _recorded.Add(done.Index(at))));
        foreach (var dead in replayed.Dead.Where(dead => _recorded.Add(dead.Last.Piece.Index)))
            _ledger.Replay(dead);
        _code.Enter(_ledger.TakeNew());
        if (replayed.After is { } after)
            _journal.Tell(new JournalWriter.Replay(_job.Job, after));
        else
            BeginSplit();
    }

    private void Remember(FailedAttempt attempt)
    {
        _noted++;
        _ledger.Note(attempt);
        var (attempts, crashes) = _tried.GetValueOrDefault(attempt.Piece);
        _tried[attempt.Piece] = attempt.Crashed ? (attempts, crashes + 1) : (Math.Max(attempts, attempt.Attempt), crashes);
    }

    private void OnReady(JobCode.Ready ready)
    {
        (_total, _splitSeconds) = (ready.Total, ready.Seconds);
        if (_cancellation is null) // else it ends before it has begun
            OpenPool();
    }

    private void OpenPool() => _pool.Tell(new Pool.Open(
        new JobSpec(_job.Job, _job.Kind, _work.ArgumentsJson, _request.Timeout, _start.KindVersion, IsMeasured: _measurement is not null),
        _request.Priority, AtOnce ?? _request.Workers, _work, Self, AtOnce));

    // Programs compute elsewhere, however they are waited for: so many at once as there are cores, or as the user says.
    private int? AtOnce => _work.Kind.RunsPrograms ? _request.Workers ?? Environment.ProcessorCount : null;

    private void TellPools(object message)
    {
        _pool.Tell(message);
        _left.Tell(message);
    }

    private int WorkersOf(JobDesk.PoolSeat seat) => Math.Min(_request.Workers ?? int.MaxValue, seat.Workers);

    // Through the mailbox, so that a cancel need not wait for a long enumeration.
    private void OfferSoon()
    {
        if (_offering || _credit == 0)
            return;
        _offering = true;
        Self.Tell(OfferMore.Now);
    }

    private void Offer()
    {
        _offering = false;
        var offer = _isPaused || _stalled ? Batch.Empty : _due.Take(Math.Min(_credit, MaxOffer));
        _credit -= offer.Count;
        if (offer.Count > 0)
        {
            _pool.Tell(new Pool.Offer(_job.Job, offer));
            OfferSoon();
        }
        else
            MakeMore();
        EndIfAllSettled();
    }

    private void MakeMore()
    {
        var most = Math.Min(Math.Min(_credit, MaxOffer), MaxAhead - (_made - _folded));
        if (_making || most <= 0 || _ended || _exhausted || _halting || _isPaused || _stalled || _cancellation is not null)
            return;
        _making = true;
        _code.Make(most);
    }

    private void OnMade(JobCode.Made made)
    {
        _making = false;
        _made += made.Passed;
        if (made.IsAll)
            (_exhausted, _total) = (true, _made);
        if (_halting)
            _withdrawn += made.Pieces.Count;
        else
            _due.Add(_tried.Count == 0 ? made.Pieces : made.Pieces.Tried(index => _tried.GetValueOrDefault(index)));
        Offer();
    }

    private void OnEntered(JobCode.Entered entered)
    {
        _folded = entered.Folded;
        _measurement?.AddFold(entered.Results, entered.Seconds);
        OfferSoon();
    }

    private void OnSettled(Pool.Settled settled)
    {
        if (!_ran)
            _log.Info("job.running job {Job}: its first piece is back after {Seconds} s", _job.Job, Math.Round(_time.GetElapsedTime(_started).TotalSeconds, 3));
        _ran = true;
        var (ends, by) = (settled.Ends, settled.By);
        _cancellation?.Count(ends);
        if (_measurement is { } measurement)
            Measure(measurement, ends.Costs);
        var attempts = _cancellation is null ? Failed(ends.Others, by) : [];
        // Of a job that is being cancelled only what is done still counts.
        var dead = _cancellation is null ? ends.Others.RemoveAll(TryAgain) : [];
        if (ends.Done.Count + dead.Length + attempts.Length > 0)
        {
            var ended = new Ends(ends.Done, ends.DoneSeconds, dead);
            _unrecorded.Add(++_lastRecord, (ended, by, settled.Receipt));
            _journal.Tell(new JournalWriter.Record(_job.Job, _lastRecord, ended, by, attempts));
        }
        else
            settled.Receipt?.Sign();
        OfferSoon();
    }

    /// <summary>The attempts that failed, as they are noted.</summary>
    private ImmutableArray<FailedAttempt> Failed(ImmutableArray<Outcome> outcomes, RanBy by)
    {
        var attempts = ImmutableArray.CreateBuilder<FailedAttempt>();
        foreach (var outcome in outcomes)
        {
            var attempt = new FailedAttempt(
                outcome.Piece.Index, outcome.Piece.Attempt, outcome.How == How.Crashed, _time.GetUtcNow(), by.Node, by.Worker, outcome.Seconds, outcome.Reason ?? "",
                _noted < MaxDetailed ? outcome.Detail : null);
            _ledger.Note(attempt);
            if (_noted++ < MaxNoted)
                attempts.Add(attempt);
        }
        return attempts.DrainToImmutable();
    }

    /// <summary>Only what is on the disk counts.</summary>
    private void OnRecorded(JournalWriter.Recorded recorded)
    {
        if (!_unrecorded.Remove(recorded.Number, out var record))
            return;
        _stalled = false;
        record.Receipt?.Sign();
        _ledger.Record(record.Ends.Done, record.By);
        foreach (var dead in record.Ends.Others)
        {
            if (_ended)
                break; // a dead piece of the same batch ended the job
            Bury(dead, record.By);
        }
        if (_ledger.TakeNew() is { Count: > 0 } results)
            _code.Enter(results);
        if (!_ended && !_halting && _request.Halt is { } rule && rule.Applies(_ledger.Dead, _ledger.Settled, _total))
            Halt(rule);
        _status.State = $"{_ledger.Settled} of {_total?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"} settled";
        OfferSoon();
        EndIfAllSettled();
        if (_quiet)
            OnQuiet();
    }

    // Full jitter: a random share of an exponentially growing wait, so that many failures don't come back together.
    private bool TryAgain(Outcome outcome)
    {
        var piece = outcome.Piece;
        if (outcome.How == How.Crashed && !_halting && piece.Crashes + 1 < _settings.MaxCrashes)
        {
            // At once and in front: it has waited already, and nothing says that it was this one's fault.
            _ledger.CountRetry();
            _pool.Tell(new Pool.Offer(_job.Job, [piece with { Crashes = piece.Crashes + 1 }], Again: true));
            return true;
        }
        if (outcome.How != How.Failed || _halting || piece.Attempt >= (_request.Attempts ?? _work.Kind.Attempts ?? _settings.Attempts))
            return false;
        var atLeast = outcome.After ?? TimeSpan.Zero;
        _ledger.CountRetry();
        var most = Math.Min(_settings.MaxDelay.TotalSeconds, _settings.FirstDelay.TotalSeconds * Math.Pow(2, piece.Attempt - 1));
        var wait = TimeSpan.FromSeconds(Math.Max(Math.Min(atLeast.TotalSeconds, _settings.MaxDelay.TotalSeconds), Random.Shared.NextDouble() * most));
        _log.Info("piece.retried job {Job} piece {Piece}: attempt {Attempt} in {Wait} s", _job.Job, piece.Index, piece.Attempt + 1, Math.Round(wait.TotalSeconds, 3));
        _retrying.Add(piece.Index);
        Timers.StartSingleTimer(piece.Index, new Retry(piece with { Attempt = piece.Attempt + 1 }), wait);
        return true;
    }

    private void OnRetry(Retry retry)
    {
        if (!_retrying.Remove(retry.Piece.Index))
            return;
        _due.Add([retry.Piece]);
        OfferSoon();
    }

    private void Bury(Outcome last, RanBy by)
    {
        if (last.How == How.Crashed)
            last = last with { Reason = $"{last.Piece.Crashes + 1} processes ended while they ran it, the last: {last.Reason}" };
        _ledger.Bury(new DeadPiece(last, by.Node));
        _log.Error("piece.dead job {Job} piece {Piece} after {Attempts} attempts on {From}: {Reason}",
            _job.Job, last.Piece.Index, last.Piece.Attempt, by.Node, last.Reason);
        if (_work.Kind.NeedsEveryPiece)
            End(JobState.Failed, $"piece {last.Piece.Index}: {last.Reason}");
    }

    private sealed record OfferMore : ILocalMessage
    {
        public static OfferMore Now { get; } = new();
    }

    private sealed record Retry(Piece Piece) : ILocalMessage;

    private sealed record StillWaiting : ILocalMessage;

    private sealed record Tell : ILocalMessage;
}
