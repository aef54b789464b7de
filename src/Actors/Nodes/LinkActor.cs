using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Door;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <inheritdoc cref="Link"/>
internal sealed class LinkActor : ReceiveActor, IWithTimers
{
    // A worker that breaks begins anew, but not again and again.
    private const int MaxLives = 10;
    private static readonly TimeSpan LivesWithin = TimeSpan.FromSeconds(60);

    // The smallest part of a result that a node may be set to send; only its last may be smaller.
    private const int MinPart = 1024;

    // The number of no lease.
    private const long NoLease = 0;

    // Leases of which late reports may still come.
    private const int Remembered = 1_000;

    // What a worker may tell while a result is being read.
    private const int MaxBehind = 64;

    // How long reports that had come before the end of the session may take to be read.
    private static readonly TimeSpan LastReading = TimeSpan.FromSeconds(5);

    // Of one late report, as many are counted.
    private const int MaxLate = 1_024;

    private readonly Link.Settings _settings;
    private readonly IActorRef _agent;
    private readonly IActorRef _pool;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Dictionary<int, IWork> _jobs = [];
    private readonly Dictionary<long, HeldLease> _leases = [];
    private readonly Queue<long> _lives = new();
    private readonly Queue<(long Lease, int Job)> _granted = new();
    private readonly Dictionary<(long Lease, int Piece), ResultParts> _parts = [];
    private readonly Queue<Pool.IFromWorker> _behind = new();
    private Reading? _reading;
    private Link.End _end;
    private bool _isOver;
    private long? _life;
    private long _lastLease;
    private long _recount;

    public LinkActor(Link.Settings settings, IActorRef agent, IActorRef pool, TimeProvider time)
    {
        (_settings, _agent, _pool, _time, _end) = (settings, agent, pool, time, new Link.End($"{settings.Node}: it left", Crashed: false));
        ShowState();
        Receive<Pool.IFromWorker>(message =>
        {
            DoorSetup.Of(Context.System)?.Handled(_settings.Node);
            OnTold(message);
        });
        Receive<Read>(OnRead);
        Receive<Link.End>(OnEnd);
        Receive<Worker.Open>(OnOpen);
        Receive<Worker.Lease>(OnLease);
        Receive<Worker.Close>(OnClose);
        Receive<Worker.Recount>(OnRecount);
        Receive<Worker.IFromPool>(Send);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private void OnTold(Pool.IFromWorker message)
    {
        if (_reading is null || message is Pool.Part)
            Handle(message);
        else if (_behind.Count < MaxBehind && !IsAgain(message))
            _behind.Enqueue(message); // reports that are dropped come again until they are acknowledged
    }

    private bool IsAgain(Pool.IFromWorker message) => message switch
    {
        Pool.Report report => report.Number == _reading!.Report.Number || _behind.Any(one => one is Pool.Report other && other.Number == report.Number),
        Pool.Ask or Pool.Held => _behind.Any(message.Equals),
        _ => false,
    };

    private void Handle(Pool.IFromWorker message)
    {
        switch (message)
        {
            case Pool.Ask ask:
                OnAsk(ask);
                break;
            case Pool.Report report:
                OnReport(report);
                break;
            case Pool.Part part:
                OnPart(part);
                break;
            case Pool.Held held:
                OnHeld(held);
                break;
            case Pool.Decline decline:
                OnDecline(decline);
                break;
            default:
                _pool.Tell(message);
                break;
        }
    }

    private void OnAsk(Pool.Ask ask)
    {
        if (ask.Life != _life)
        {
            var now = _time.GetTimestamp();
            while (_lives.TryPeek(out var oldest) && _time.GetElapsedTime(oldest, now) > LivesWithin)
                _lives.Dequeue();
            if (_lives.Count >= MaxLives)
            {
                Lied($"that its worker has begun anew, {MaxLives} times within {LivesWithin.TotalSeconds} s");
                return;
            }
            _lives.Enqueue(now);
            _life = ask.Life;
            foreach (var lease in _leases.Keys.ToList())
                Drop(lease); // a worker that begins anew holds nothing
        }
        _pool.Tell(new Pool.Ask(_settings.Session, _settings.Node, $"worker-{_settings.Worker}", Width: 1, ask.Life));
    }

    private void Send(Worker.IFromPool message) => _agent.Tell(new Parcel(_settings.Session, _settings.Worker, message), Context.Parent);

    private void OnEnd(Link.End end)
    {
        var wasOver = _isOver;
        (_end, _isOver) = (end, true);
        if (wasOver || _reading is null)
            Context.Stop(Self);
        else // what had come before still counts, if it can be read in time
            Timers.StartSingleTimer(nameof(LastReading), end, LastReading);
    }

    // Whatever ends it: the pool must not wait for a worker that nobody speaks for.
    protected override void PostStop()
    {
        foreach (var parts in _parts.Values)
            _settings.Parts.Give(parts.Kept);
        _pool.Tell(new Pool.Gone(_end.Reason, _end.Crashed));
    }

    private void OnOpen(Worker.Open open)
    {
        _jobs[open.Spec.Job] = open.Work ?? throw new InvalidOperationException($"job {open.Spec.Job} was opened without its work");
        Send(open);
    }

    private void OnLease(Worker.Lease lease)
    {
        if (!_jobs.TryGetValue(lease.Job, out var work))
            throw new InvalidOperationException($"job {lease.Job} was leased without having been opened");
        _leases[lease.Id] = new HeldLease(lease.Job, work, new HeldPieces(lease.Pieces), _time.GetTimestamp());
        _lastLease = Math.Max(_lastLease, lease.Id);
        _granted.Enqueue((lease.Id, lease.Job));
        if (_granted.Count > Remembered)
            _granted.Dequeue();
        Send(lease);
        ShowState();
    }

    private void OnClose(Worker.Close close)
    {
        foreach (var lease in _leases.Values.Where(lease => lease.Job == close.Job))
            lease.IsClosed = true;
        _jobs.Remove(close.Job);
        Send(close);
        if (_reading is { } reading && reading.Lease.Job == close.Job)
            End(reading, reading.Unread());
    }

    private void OnPart(Pool.Part part)
    {
        if (!_leases.TryGetValue(part.Lease, out var lease) || !lease.Pieces.Holds(part.Piece))
            return; // its report will be stale too
        var bytes = part.Bytes.Bytes;
        if (!_parts.TryGetValue((part.Lease, part.Piece), out var parts))
            _parts[(part.Lease, part.Piece)] = parts = new ResultParts(_settings.MaxResult);
        if (parts.Has(part.Index))
            return; // it comes again
        if (part.Index < 0 || part.Index > MaxParts || bytes.Length == 0 || bytes.Length > _settings.MaxPart || (bytes.Length < SmallestPart && parts.SmallerThan(SmallestPart) > 0))
        {
            Lied($"part {part.Index} of a result, with {bytes.Length} bytes");
            return;
        }
        if (!_settings.Parts.TryTake(bytes.Length))
            return; // what is true comes again
        var before = parts.Kept;
        parts.Add(part.Index, bytes);
        _settings.Parts.Give(before + bytes.Length - parts.Kept);
    }

    private int SmallestPart => Math.Min(_settings.MaxPart, MinPart);

    private void OnReport(Pool.Report report)
    {
        if (report.Lease > _lastLease || report.Number <= 0)
        {
            Lied($"the end of lease {report.Lease}, which it never had");
            Send(new Worker.Acknowledged(report.Number));
            return;
        }
        if (!_leases.TryGetValue(report.Lease, out var lease))
        {
            if (_granted.FirstOrDefault(granted => granted.Lease == report.Lease) is { Lease: > NoLease } granted)
                _pool.Tell(report with { Lease = NoLease, Job = granted.Job, Outcomes = [.. report.Outcomes.Take(MaxLate).Select(Bare)] }); // late, or for the second time: it is counted there
            else
                Send(new Worker.Acknowledged(report.Number));
            return;
        }
        if (report.Outcomes.Length > lease.Size)
        {
            Lied($"{report.Outcomes.Length} ends of lease {report.Lease}, which had {lease.Size} pieces");
            Send(new Worker.Acknowledged(report.Number));
            return;
        }
        if (report.Outcomes.Any(outcome => outcome.Parts > 0 && outcome.Parts <= MaxParts && lease.Pieces.Holds(outcome.Piece) && !IsComplete(report.Lease, outcome)))
            return; // the report comes again, with the parts that were lost
        var age = _time.GetElapsedTime(lease.SentAt).TotalSeconds;
        var outcomes = ImmutableArray.CreateBuilder<Outcome>(report.Outcomes.Length);
        foreach (var outcome in report.Outcomes)
            outcomes.Add(lease.Pieces.Settle(outcome) is { } piece ? Judge(lease, report.Lease, piece, outcome, age) : Bare(outcome));
        if (lease.IsForeign)
        {
            var reading = new Reading(report, lease, outcomes.DrainToImmutable());
            if (lease.IsClosed || reading.Outcomes.All(outcome => outcome.Result is null))
                Pass(report, lease, reading.Unread());
            else
                Begin(reading);
            return;
        }
        for (var i = 0; i < outcomes.Count; i++)
            outcomes[i] = Told(lease, outcomes[i], lease.Read(outcomes[i]));
        Pass(report, lease, outcomes.DrainToImmutable());
    }

    // A codec of a user's own may never come back: only this worker waits for it, and only until its job ends.
    private void Begin(Reading reading)
    {
        _reading = reading;
        var self = Self;
        _settings.Code.Run(() => self.Tell(new Read(reading, [.. reading.Outcomes.Select(outcome => reading.Lease.Read(outcome))])));
    }

    private void OnRead(Read read)
    {
        if (read.Reading == _reading)
            End(_reading, [.. _reading.Outcomes.Zip(read.Results, (outcome, result) => Told(_reading.Lease, outcome, result))]);
    }

    private void End(Reading reading, ImmutableArray<Outcome> outcomes)
    {
        _reading = null;
        Pass(reading.Report, reading.Lease, outcomes);
        while (_reading is null && _behind.TryDequeue(out var next))
            Handle(next);
        if (_isOver && _reading is null)
            Context.Stop(Self);
    }

    private void Pass(Pool.Report report, HeldLease lease, ImmutableArray<Outcome> outcomes)
    {
        if (lease.Pieces.Count == 0)
            _leases.Remove(report.Lease);
        _pool.Tell(report with { Job = lease.Job, Outcomes = outcomes });
        ShowState();
    }

    private Outcome Told(HeldLease lease, Outcome outcome, HeldLease.ReadResult result)
    {
        if (result.Wrong is not { } wrong)
            return result.Payload == outcome.Result ? outcome : outcome with { Result = result.Payload };
        _log.Warning("result.unreadable piece {Piece} of job {Job} from {From}: {Reason}\n{Detail}", outcome.Piece, lease.Job, _settings.Node, Thrown.Line(wrong), Thrown.Detail(wrong));
        Lied($"piece {outcome.Piece} of job {lease.Job} with a result that can't be read");
        return outcome with { Verdict = Verdict.Failed, Result = null, Reason = $"{_settings.Node} gave a result that can't be read: {Thrown.Line(wrong)}" };
    }

    // Of a piece that it does not hold.
    private static Outcome Bare(Outcome outcome) => outcome with { Result = null, Parts = 0 };

    private int MaxParts => (_settings.MaxResult / Math.Min(_settings.MaxPart, 1024)) + 1;

    private bool IsComplete(long lease, Outcome outcome) =>
        _parts.TryGetValue((lease, outcome.Piece), out var parts) && (parts.IsTooBig || parts.Count == outcome.Parts);

    /// <summary>The outcome as it may go on: with its result whole, or as a failure that names the node.</summary>
    private Outcome Judge(HeldLease lease, long id, Piece piece, Outcome outcome, double age)
    {
        var had = _parts.Remove((id, piece.Index), out var parts);
        _settings.Parts.Give(parts?.Kept ?? 0);
        if (lease.Impossible(outcome, age, MaxParts) is { } lie)
        {
            Lied($"piece {piece.Index} of job {lease.Job} as {lie}");
            return Outcome.Not(Verdict.Failed, piece, $"{_settings.Node} reported it as {lie}, which can't be", null, Math.Clamp(double.IsFinite(outcome.Seconds) ? outcome.Seconds : 0, 0, age));
        }
        if (had && outcome.Parts > 0)
        {
            if (parts!.IsTooBig)
                return Outcome.Not(Verdict.GaveUp, piece, $"its result has more than the {_settings.MaxResult} bytes that this host takes (mailroom.wire.max-result)", null, outcome.Seconds);
            outcome = outcome with { Result = parts.Joined(), Parts = 0 };
        }
        lease.Seconds += outcome.Seconds;
        return outcome;
    }

    private void OnRecount(Worker.Recount recount)
    {
        _recount = recount.Number;
        Send(recount);
    }

    // An answer that comes twice, or to an earlier question, says nothing of what it holds now.
    private void OnHeld(Pool.Held held)
    {
        if (held.Recount == 0 || held.Recount != _recount)
            return;
        _recount = 0;
        foreach (var id in _leases.Keys.Except(held.Leases).ToList())
            Drop(id);
        _pool.Tell(held);
    }

    private void OnDecline(Pool.Decline decline)
    {
        foreach (var id in _leases.Where(pair => pair.Value.Job == decline.Job).Select(pair => pair.Key).ToList())
            Drop(id);
        _pool.Tell(decline);
    }

    private void Drop(long lease)
    {
        _leases.Remove(lease);
        foreach (var part in _parts.Keys.Where(key => key.Lease == lease).ToList())
            if (_parts.Remove(part, out var parts))
                _settings.Parts.Give(parts.Kept);
    }

    private static void Lied(string what) => Context.Parent.Tell(new Link.Lie(what));

    private void ShowState() => _status.State = _leases.Count == 0 ? "idle" : $"holds {_leases.Values.Sum(lease => lease.Pieces.Count)} pieces";

    /// <summary>To itself: the results of a report, in its order.</summary>
    private sealed record Read(Reading Reading, ImmutableArray<HeldLease.ReadResult> Results) : ILocalMessage;
}
