using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <inheritdoc cref="Link"/>
internal sealed partial class LinkActor : ReceiveActor, IWithTimers
{
    // A worker that breaks begins anew, but not again and again.
    private const int MaxLives = 10;
    private static readonly TimeSpan LivesWithin = TimeSpan.FromSeconds(60);

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
    private readonly PartedResults _parts;
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
        _parts = new PartedResults(settings);
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

    private bool IsAgain(Pool.IFromWorker message) =>
        message switch
        {
            Pool.Report report => report.Number == _reading!.Report.Number
                || _behind.Any(one => one is Pool.Report other && other.Number == report.Number),
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
        _pool.Tell(new Pool.Ask(_settings.Session, _settings.Node, $"worker-{_settings.Worker}", Width: 1, ask.Life, _settings.Site));
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
        _parts.DropAll();
        _pool.Tell(new Pool.Gone(_end.Reason, _end.Crashed));
    }

    private void OnOpen(Worker.Open open)
    {
        _jobs[open.Spec.Job] = open.Work ?? throw new InvalidOperationException($"job {open.Spec.Job} was opened without its work");
        Send(_settings.Site.IsHere ? open with { Spec = open.Spec with { BringsFiles = false } } : open);
    }

    private void OnLease(Worker.Lease lease)
    {
        if (!_jobs.TryGetValue(lease.Job, out var work))
            throw new InvalidOperationException($"job {lease.Job} was leased without having been opened");
        _leases[lease.Id] = new HeldLease(lease.Job, work, lease.Pieces, _time.GetTimestamp());
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
        if (_parts.Add(part) is { } lie)
            Lied(lie);
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
            if (_granted.FirstOrDefault(granted => granted.Lease == report.Lease) is { Lease: > NoLease } granted)
                _pool.Tell(new Pool.Report(report.Number, granted.Job, NoLease, Ends.None) { Late = Math.Min(report.Ends.Count, MaxLate) });
            else
                Send(new Worker.Acknowledged(report.Number));
            return;
        }
        if (report.Ends.Count > lease.Size)
        {
            Lied($"{report.Ends.Count} ends of lease {report.Lease}, which had {lease.Size} pieces");
            Send(new Worker.Acknowledged(report.Number));
            return;
        }
        if (report.Ends.Others.Any(outcome => IsUnderWay(report.Lease, lease, outcome)))
            return; // the report comes again, with the parts that were lost
        var held = lease.Pieces.Settle(report.Ends);
        var reading = new Reading(report with { Late = report.Ends.Count - held.Count }, lease, Judge(lease, report.Lease, held));
        if (lease.IsForeign && !lease.IsClosed && reading.Unread() != reading.Ends)
            Begin(reading);
        else
            Pass(reading, lease.IsForeign ? reading.Unread() : Checked(lease, lease.Read(reading.Ends)));
    }

    // A codec of a user's own may never come back: only this worker waits for it, and only until its job ends.
    private void Begin(Reading reading)
    {
        _reading = reading;
        var self = Self;
        _settings.Code.Run(() => self.Tell(new Read(reading, reading.Lease.Read(reading.Ends))));
    }

    private void OnRead(Read read)
    {
        if (read.Reading == _reading)
            End(_reading, Checked(_reading.Lease, read.Results));
    }

    private void End(Reading reading, Ends ends)
    {
        _reading = null;
        Pass(reading, ends);
        while (_reading is null && _behind.TryDequeue(out var next))
            Handle(next);
        if (_isOver && _reading is null)
            Context.Stop(Self);
    }

    private void Pass(Reading reading, Ends ends)
    {
        if (reading.Lease.Pieces.Count == 0)
            _leases.Remove(reading.Report.Lease);
        _pool.Tell(reading.Report with { Job = reading.Lease.Job, Ends = ends });
        ShowState();
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
        _parts.Drop(lease);
    }

    private void Lied(string what) => Context.Parent.Tell(new Link.Lie(_settings.Session, what));

    private void ShowState() =>
        _status.State = _leases.Count == 0 ? "idle" : $"holds {Quantity.Of(_leases.Values.Sum(lease => lease.Pieces.Count), "piece")}";

    /// <summary>To itself: the results of a report.</summary>
    private sealed record Read(Reading Reading, HeldLease.Results Results) : ILocalMessage;
}
