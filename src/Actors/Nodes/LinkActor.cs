using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <inheritdoc cref="Link"/>
internal sealed class LinkActor : ReceiveActor
{
    // Clocks of two machines may run a little differently.
    private const double ClockTolerance = 1.01;
    private const double ClockSlack = 0.1;

    // Parts of several results may be on their way at once, if not many.
    private const int ResultsAtOnce = 4;

    // The number of no lease.
    private const long NoLease = 0;

    // Leases of which late reports may still come.
    private const int Remembered = 1_000;

    private readonly Link.Settings _settings;
    private readonly IActorRef _agent;
    private readonly IActorRef _pool;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Dictionary<int, IWork> _jobs = [];
    private readonly Dictionary<long, HeldLease> _leases = [];
    private readonly Queue<long> _granted = new();
    private readonly Dictionary<(long Lease, int Piece), ResultParts> _parts = [];
    private Link.End _end;
    private long _lastLease;
    private long _recount;

    public LinkActor(Link.Settings settings, IActorRef agent, IActorRef pool, TimeProvider time)
    {
        (_settings, _agent, _pool, _time, _end) = (settings, agent, pool, time, new Link.End($"{settings.Node}: it left", Crashed: false));
        Receive<Pool.Ask>(ask => _pool.Tell(new Pool.Ask(_settings.Session, _settings.Node, $"worker-{_settings.Worker}", Width: 1, ask.Life)));
        Receive<Pool.Report>(OnReport);
        Receive<Pool.Part>(OnPart);
        Receive<Pool.Held>(OnHeld);
        Receive<Pool.Decline>(OnDecline);
        Receive<Pool.Leave>(leave => _pool.Tell(leave));
        Receive<Link.End>(OnEnd);
        Receive<Worker.Open>(OnOpen);
        Receive<Worker.Lease>(OnLease);
        Receive<Worker.Close>(OnClose);
        Receive<Worker.Recount>(OnRecount);
        Receive<Worker.IFromPool>(Send);
    }

    private void Send(Worker.IFromPool message) => _agent.Tell(new Parcel(_settings.Session, _settings.Worker, message), Context.Parent);

    private void OnEnd(Link.End end)
    {
        _end = end;
        Context.Stop(Self);
    }

    // Whatever ends it: the pool must not wait for a worker that nobody speaks for.
    protected override void PostStop() => _pool.Tell(new Pool.Gone(_end.Reason, _end.Crashed));

    private void OnOpen(Worker.Open open)
    {
        _jobs[open.Spec.Job] = open.Work ?? throw new InvalidOperationException($"job {open.Spec.Job} was opened without its work");
        Send(open);
    }

    private void OnLease(Worker.Lease lease)
    {
        _leases[lease.Id] = new HeldLease(lease.Job, _jobs[lease.Job], new HeldPieces(lease.Pieces), _time.GetTimestamp());
        _lastLease = Math.Max(_lastLease, lease.Id);
        _granted.Enqueue(lease.Id);
        if (_granted.Count > Remembered)
            _granted.Dequeue();
        Send(lease);
        ShowState();
    }

    private void OnClose(Worker.Close close)
    {
        foreach (var (id, lease) in _leases.Where(pair => pair.Value.Job == close.Job))
            _leases[id] = lease with { IsClosed = true };
        _jobs.Remove(close.Job);
        Send(close);
    }

    private void OnPart(Pool.Part part)
    {
        if (!_leases.TryGetValue(part.Lease, out var lease) || !lease.Pieces.Holds(part.Piece))
            return; // its report will be stale too
        if (part.Index < 0 || part.Index > MaxParts || part.Bytes.Bytes.Length > _settings.MaxPart)
        {
            Lied($"part {part.Index} of a result, with {part.Bytes.Bytes.Length} bytes");
            return;
        }
        if (!_parts.TryGetValue((part.Lease, part.Piece), out var parts))
            _parts[(part.Lease, part.Piece)] = parts = new ResultParts(_settings.MaxResult);
        parts.Add(part.Index, part.Bytes.Bytes);
        if (_parts.Count > 1 && _parts.Values.Sum(each => each.Length) > (long)ResultsAtOnce * _settings.MaxResult)
            _parts.Clear(); // what is true comes again
    }

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
            if (_granted.Contains(report.Lease))
                _pool.Tell(report with { Lease = NoLease, Outcomes = [.. report.Outcomes.Select(Bare)] }); // late, or for the second time: it is counted there
            else
                Send(new Worker.Acknowledged(report.Number));
            return;
        }
        if (report.Outcomes.Any(outcome => outcome.Parts > 0 && outcome.Parts <= MaxParts && lease.Pieces.Holds(outcome.Piece) && !IsComplete(report.Lease, outcome)))
            return; // the report comes again, with the parts that were lost
        var age = _time.GetElapsedTime(lease.SentAt).TotalSeconds;
        var outcomes = ImmutableArray.CreateBuilder<Outcome>(report.Outcomes.Length);
        foreach (var outcome in report.Outcomes)
            outcomes.Add(lease.Pieces.Settle(outcome) is { } piece ? Judge(lease, report.Lease, piece, outcome, age) : Bare(outcome));
        if (lease.Pieces.Count == 0)
            _leases.Remove(report.Lease);
        _pool.Tell(report with { Job = lease.Job, Outcomes = outcomes.MoveToImmutable() });
        ShowState();
    }

    // Of a piece that it does not hold.
    private static Outcome Bare(Outcome outcome) => outcome with { Result = null, Parts = 0 };

    private int MaxParts => (_settings.MaxResult / Math.Min(_settings.MaxPart, 1024)) + 1;

    private bool IsComplete(long lease, Outcome outcome) =>
        _parts.TryGetValue((lease, outcome.Piece), out var parts) && (parts.IsTooBig || parts.Count == outcome.Parts);

    /// <summary>The outcome as it may go on: with its result whole and checked, or as a failure that names the node.</summary>
    private Outcome Judge(HeldLease lease, long id, Piece piece, Outcome outcome, double age)
    {
        var had = _parts.Remove((id, piece.Index), out var parts);
        if (Impossible(lease, outcome, age) is { } lie)
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
        if (outcome.Result is null)
            return outcome;
        try
        {
            return outcome with { Result = outcome.Result.Checked(lease.Work.ResultCodec) };
        }
        catch (Exception error)
        {
            _log.Warning(error, "result.unreadable piece {Piece} of job {Job} from {From}: {Reason}", piece.Index, lease.Job, _settings.Node, Runner.Line(error.Message));
            Lied($"piece {piece.Index} of job {lease.Job} with a result that can't be read");
            return Outcome.Not(Verdict.Failed, piece, $"{_settings.Node} gave a result that can't be read: {Runner.Line(error.Message)}", null, outcome.Seconds);
        }
    }

    /// <summary>What an outcome says that can't be true of a piece that this worker holds, or null.</summary>
    private string? Impossible(HeldLease lease, Outcome outcome, double age) => outcome switch
    {
        { Verdict: Verdict.Crashed } => "crashed, which only its host can know",
        { Verdict: Verdict.Cancelled or Verdict.Abandoned } when !lease.IsClosed => "cancelled, though its job is not",
        { Verdict: Verdict.Done, Result: null, Parts: <= 0 } => "done, without a result",
        { Parts: var parts } when parts < 0 || parts > MaxParts => $"done, with a result of {parts} parts",
        { Seconds: var seconds } when !double.IsFinite(seconds) || seconds < 0 || seconds > (age * ClockTolerance) + ClockSlack =>
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"run for {seconds} s, though it holds it for {age:0.###} s"),
        _ => null,
    };

    private void OnRecount(Worker.Recount recount)
    {
        _recount = recount.Number;
        Send(recount);
    }

    // An answer that comes twice, or to an earlier question, says nothing of what it holds now.
    private void OnHeld(Pool.Held held)
    {
        if (held.Recount != _recount)
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
            _parts.Remove(part);
    }

    private static void Lied(string what) => Context.Parent.Tell(new Link.Lie(what));

    private void ShowState() => _status.State = _leases.Count == 0 ? "idle" : $"holds {_leases.Values.Sum(lease => lease.Pieces.Count)} pieces";

    /// <param name="IsClosed">its job has ended or was cancelled: what runs of it is to end</param>
    private sealed record HeldLease(int Job, IWork Work, HeldPieces Pieces, long SentAt, bool IsClosed = false);
}
