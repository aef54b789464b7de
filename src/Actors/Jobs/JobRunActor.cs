using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <inheritdoc cref="JobRun"/>
internal sealed class JobRunActor : ReceiveActor, IWithTimers
{
    // How far the newest piece may run ahead of the oldest that is still open: bounds the results that wait to be folded.
    private const int MaxAhead = 65_536;
    private const int MaxOffer = 1_024;

    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(100);

    private readonly JobDesk.Settings _settings;
    private readonly JobSummary _job;
    private readonly JobRequest _request;
    private readonly IWork _work;
    private readonly JobDesk.PoolSeat _seat;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Ledger _ledger;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Queue<Piece> _due = new();
    private IEnumerator<object> _pieces = Enumerable.Empty<object>().GetEnumerator();
    private int? _total;
    private int _made;
    private int _credit;
    private bool _ended;
    private bool _exhausted;
    private bool _ran;
    private bool _offering;

    public JobRunActor(JobDesk.Settings settings, JobSummary job, JobDesk.Send send, JobDesk.PoolSeat seat, TimeProvider time)
    {
        (_settings, _job, _request, _work, _seat, _time) = (settings, job, send.Request, send.Work, seat, time);
        _started = time.GetTimestamp();
        _ledger = new Ledger(_work.Fold(), _work.ResultCodec);
        Receive<Pool.Wanted>(wanted =>
        {
            _credit += wanted.Count;
            OfferSoon();
        });
        Receive<Pool.Settled>(OnSettled);
        Receive<Pool.Stranded>(stranded => End(JobState.Failed, $"it has no workers: {stranded.Reason}"));
        Receive<OfferMore>(_ => Offer());
        Receive<Retry>(OnRetry);
        Receive<Tell>(_ => Context.Parent.Tell(new JobRun.Progress(Detail(JobState.Running, null, null))));
        Receive<JobRun.Cancel>(cancel => End(JobState.Cancelled, cancel.Reason));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _status.At(_job.Job, -1);
        Timers.StartPeriodicTimer(nameof(Tell), new Tell(), TellEvery);
        try
        {
            (var pieces, _total) = _work.Split(new SplitHint(_request.Workers ?? _seat.Workers, _request.Pieces));
            _pieces = pieces.GetEnumerator();
        }
        catch (Exception error)
        {
            End(JobState.Failed, $"its pieces can't be made: {error.Message}");
            return;
        }
        _seat.Pool.Tell(new Pool.Open(
            new JobSpec(_job.Job, _job.Kind, _work.ArgumentsJson, _request.Timeout), _request.Priority, _request.Workers, _work, Self));
        Context.Parent.Tell(new JobRun.Progress(Detail(JobState.Running, null, null)));
    }

    protected override void PostStop()
    {
        _seat.Pool.Tell(new Pool.Close(_job.Job));
        _pieces.Dispose();
    }

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
        var offer = ImmutableArray.CreateBuilder<Piece>();
        while (offer.Count < Math.Min(_credit, MaxOffer) && (_due.TryDequeue(out var piece) || TryMake(out piece)))
            offer.Add(piece);
        if (offer.Count == 0)
        {
            EndIfAllSettled();
            return;
        }
        _credit -= offer.Count;
        _seat.Pool.Tell(new Pool.Offer(_job.Job, offer.DrainToImmutable()));
        OfferSoon();
    }

    private bool TryMake(out Piece piece)
    {
        piece = null!;
        if (_ended || _exhausted || _made - _ledger.Folded >= MaxAhead)
            return false;
        try
        {
            if (_pieces.MoveNext())
            {
                piece = new Piece(_made++, 1, 0, Payload.Of(_pieces.Current, _work.PieceCodec));
                return true;
            }
            (_exhausted, _total) = (true, _made);
        }
        catch (Exception error)
        {
            End(JobState.Failed, $"piece {_made} can't be made: {error.Message}");
        }
        return false;
    }

    private void OnSettled(Pool.Settled settled)
    {
        if (!_ran)
            _log.Info("job.running job {Job}: its first piece is back after {Seconds} s", _job.Job, Math.Round(Seconds(), 3));
        _ran = true;
        foreach (var settlement in settled.Pieces)
        {
            switch (settlement.Outcome.Verdict)
            {
                case Verdict.Done:
                    _ledger.Record(settlement);
                    break;
                case Verdict.Failed when settlement.Piece.Attempt < (_request.Retries ?? _settings.Retries):
                    TryAgain(settlement.Piece);
                    break;
                default:
                    Bury(settlement);
                    break;
            }
        }
        _status.State = $"{_ledger.Settled} of {_total?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"} settled";
        OfferSoon();
        EndIfAllSettled();
    }

    // Full jitter: a random share of an exponentially growing wait, so that many failures don't come back together.
    private void TryAgain(Piece piece)
    {
        _ledger.CountRetry();
        var most = Math.Min(_settings.MaxDelay.TotalSeconds, _settings.FirstDelay.TotalSeconds * Math.Pow(2, piece.Attempt - 1));
        var wait = TimeSpan.FromSeconds(Random.Shared.NextDouble() * most);
        _log.Info("piece.retried job {Job} piece {Piece}: attempt {Attempt} in {Wait} s", _job.Job, piece.Index, piece.Attempt + 1, Math.Round(wait.TotalSeconds, 3));
        Timers.StartSingleTimer(piece.Index, new Retry(piece with { Attempt = piece.Attempt + 1 }), wait);
    }

    private void OnRetry(Retry retry)
    {
        _due.Enqueue(retry.Piece);
        OfferSoon();
    }

    private void Bury(Pool.Settlement settlement)
    {
        _ledger.Bury(settlement);
        _log.Error("piece.dead job {Job} piece {Piece} after {Attempts} attempts on {From}: {Reason}",
            _job.Job, settlement.Piece.Index, settlement.Piece.Attempt, settlement.Node, settlement.Outcome.Reason);
        if (_work.Kind.NeedsEveryPiece)
            End(JobState.Failed, $"piece {settlement.Piece.Index}: {settlement.Outcome.Reason}");
    }

    private void EndIfAllSettled()
    {
        if (!_exhausted || _ledger.Settled < _made)
            return;
        if (_ledger.Dead > 0)
            End(JobState.Failed, $"{_ledger.Dead} of {_made} pieces are dead");
        else
            End(JobState.Completed, null);
    }

    private void End(JobState state, string? reason)
    {
        if (_ended)
            return; // a message that was already being handled found a second reason to end
        _ended = true;
        Answer? answer = null;
        try
        {
            if (state == JobState.Completed || (state == JobState.Failed && !_work.Kind.NeedsEveryPiece && _ledger.Done > 0))
                answer = _ledger.Finish();
        }
        catch (Exception error)
        {
            _log.Error(error, "job.broke job {Job}: {Reason}", _job.Job, error.Message);
            (state, reason) = (JobState.Failed, $"its results can't be combined: {error.Message}");
        }
        Context.Parent.Tell(new JobRun.Ended(Detail(state, reason, answer)));
        Context.Stop(Self);
    }

    private JobDetail Detail(JobState state, string? reason, Answer? answer) => new(
        _job with
        {
            State = state,
            Reason = reason,
            Seconds = Seconds(),
            Workers = _ledger.Workers,
            Pieces = new PieceCounts(_total, _ledger.Done, _ledger.Dead, _ledger.Retried),
        },
        _work.ArgumentsJson, answer, _ledger.Failures);

    private double Seconds() => _time.GetElapsedTime(_started).TotalSeconds;

    private sealed record OfferMore : ILocalMessage
    {
        public static OfferMore Now { get; } = new();
    }

    private sealed record Retry(Piece Piece) : ILocalMessage;

    private sealed record Tell : ILocalMessage;
}
