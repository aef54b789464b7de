using Akka.Actor;
using Akka.Event;
using Mailroom.Batches;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Logs;

namespace Mailroom.Pools;

/// <summary>
/// The side of a worker that talks: it takes leases, hands them to its runner and reports. It stays free to hear of a
/// cancelled job while the runner, on its own thread, hears nothing.
/// </summary>
internal sealed partial class WorkerActor : ReceiveActor, IWithTimers
{
    // How often it asks until the pool answers, and how long a report waits to be acknowledged before it is sent again.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    // How often pieces with a time limit are looked after.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    // So many threads with pieces that never end, and this worker runs no more.
    private const int MaxLeftBehind = 8;

    private readonly Worker.Settings _settings;
    private readonly Catalogue _catalogue;
    private readonly IActorRef _pool;
    private readonly long _session;
    private readonly long _life = Random.Shared.NextInt64();
    private readonly Outbox _outbox;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Dictionary<int, OpenJob> _jobs = [];
    private readonly Dictionary<long, HeldLease> _leases = [];
    private readonly HashSet<IActorRef> _leftBehind = [];
    private readonly CancellationTokenSource _drain = new();
    private IActorRef _runner = ActorRefs.Nobody;
    private IActorRef _drainedTo = ActorRefs.Nobody;
    private Beat _beat = new();
    private int _runners;

    public WorkerActor(Worker.Settings settings, Catalogue catalogue, long session)
    {
        (_settings, _catalogue, _pool, _session) = (settings, catalogue, Context.Parent, session);
        _outbox = settings.Limits.Way.Outbox(_pool);
        Receive<Worker.Admitted>(_ => Timers.Cancel(nameof(AskAgain)));
        Receive<AskAgain>(_ => Ask());
        Receive<Worker.Open>(OnOpen);
        Receive<Worker.Lease>(OnLease);
        Receive<Worker.Return>(OnReturn);
        Receive<Worker.Close>(OnClose);
        Receive<Runner.Ran>(OnRan);
        Receive<Runner.Awaits>(awaits => _pool.Tell(new Pool.Awaiting(awaits.Job, awaits.Cost)));
        Receive<Worker.Acknowledged>(OnAcknowledged);
        Receive<Worker.Recount>(OnRecount);
        Receive<SendAgain>(_ => _outbox.SendOldAgain());
        Receive<Worker.Drain>(OnDrain);
        Receive<Worker.Abandon>(_ => OnAbandon());
        Receive<Look>(_ => OnLook());
        Receive<GraceOver>(OnGraceOver);
        Receive<Terminated>(OnRunnerEnded);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _status.State = "idle";
        StartRunner();
        Timers.StartPeriodicTimer(nameof(AskAgain), new AskAgain(), Again);
        if (_outbox.Keeps)
            Timers.StartPeriodicTimer(nameof(SendAgain), new SendAgain(), Again);
        Ask();
    }

    protected override void PostStop() => CancelAll();

    /// <summary>
    /// A runner ends only after its piece, which may be never: so a restart does not wait for the old ones, as Akka would.
    /// </summary>
    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var runner in Context.GetChildren())
            Context.Unwatch(runner).Tell(PoisonPill.Instance);
        PostStop();
    }

    /// <summary>
    /// What a piece throws is caught where it runs. A runner that fails all the same is a bug: it is replaced, and its pieces fail.
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(error =>
        {
            _log.Error(error, Event.RunnerBroke, "{Runner}: {Reason}", Sender.Path.Name, error.Message);
            return Directive.Stop;
        });

    private void Ask() => _pool.Tell(new Pool.Ask(_session, _settings.Node, Self.Path.Name, _settings.Width, _life));

    private void StartRunner()
    {
        _beat = new Beat();
        var name = _settings.Width > 1 ? "loop-" : "thread-";
        do _runners++;
        while (!Context.Child(name + _runners).IsNobody()); // those of an earlier life may be there still
        _runner = Context.Watch(Context.ActorOf(_settings.Runner(_settings, _beat, _drain.Token), name + _runners));
    }

    private void OnOpen(Worker.Open open)
    {
        if (_jobs.TryGetValue(open.Spec.Job, out var known) && !known.Returned.IsCancellationRequested)
            return; // told twice, and not back from elsewhere
        try
        {
            if (Refusal(open) is { } refusal)
                _pool.Tell(refusal);
            else
                _jobs[open.Spec.Job] = new OpenJob(open.Spec, _settings.Limits.Way.Work(open, _catalogue), null);
        }
        catch (Exception error)
        {
            _log.Error(Event.JobRefused, "{Job}: {Reason}\n{Detail}", open.Spec.Job, Thrown.Line(error), Thrown.Detail(error));
            _jobs[open.Spec.Job] = new OpenJob(open.Spec, null, Thrown.Line(error));
        }
    }

    /// <summary>Why this worker can't run pieces of a job though others may, or null.</summary>
    private Pool.Decline? Refusal(Worker.Open open)
    {
        var job = open.Spec.Job;
        if (_settings.Limits.Way.Refusal(open, _catalogue) is { } reason)
            return new Pool.Decline(job, reason);
        return !_settings.MayRunPrograms && (open.Work?.Kind ?? _catalogue.Find(open.Spec.Kind)).RunsPrograms
            ? new Pool.Decline(job, "doesn't run programs: its settings say mailroom.programs.allowed = off", IsWished: true)
            : null;
    }

    private void OnReturn(Worker.Return returning)
    {
        if (_jobs.TryGetValue(returning.Job, out var job))
            job.Returned.Cancel();
    }

    private void OnLease(Worker.Lease lease)
    {
        if (_leases.ContainsKey(lease.Id))
            return; // told twice
        if (!_jobs.TryGetValue(lease.Job, out var job))
            _outbox.Send(lease.Job, lease.Id, Ends.Each(lease.Pieces, Outcome.HandedBack));
        else if (job.Work is not { } work)
            _outbox.Send(
                lease.Job,
                lease.Id,
                Ends.Each(lease.Pieces, piece => Outcome.Not(How.GaveUp, piece, $"{_settings.Node} can't run it: {job.Refusal}", null, 0))
            );
        else if (_drain.IsCancellationRequested)
            _outbox.Send(lease.Job, lease.Id, Ends.Each(lease.Pieces, Outcome.HandedBack));
        else
        {
            var held = new HeldLease(job, lease.Pieces);
            _leases.Add(lease.Id, held);
            _runner.Tell(
                new Runner.Run(
                    lease,
                    work,
                    job.Spec.Timeout,
                    job.Cancellation.Token,
                    job.Returned.Token,
                    held.Abandoned.Token,
                    job.Spec.IsMeasured
                )
            );
            if (job.Spec.Timeout is not null && !Timers.IsTimerActive(nameof(Look)))
                Timers.StartPeriodicTimer(nameof(Look), new Look(), LookEvery);
        }
        ShowState();
    }

    private void OnClose(Worker.Close close)
    {
        if (!_jobs.Remove(close.Job, out var job))
            return;
        job.Cancellation.CancelAside(_log);
        if (_leases.Values.Any(lease => lease.Job == job))
            Timers.StartSingleTimer(job, new GraceOver(job), _settings.Grace);
        if (job.Pieces > 0)
            _log.Info(
                Event.WorkerDid,
                "job {Job}: {Count} of its pieces in {Seconds} s",
                close.Job,
                job.Pieces,
                Math.Round(job.Seconds, 3)
            );
    }

    private void OnRan(Runner.Ran ran)
    {
        if (!_leases.TryGetValue(ran.Lease, out var lease))
            return; // a runner that was left behind has ended its piece after all
        lease.Account(ran.Ends);
        if (lease.Left == 0)
            _leases.Remove(ran.Lease);
        foreach (var failed in ran.Ends.Others.Where(outcome => outcome.How is How.Failed or How.GaveUp))
            _log.Warning(
                Event.PieceFailed,
                "job {Job} piece {Piece} attempt {Attempt}: {Reason}",
                lease.Job.Spec.Job,
                failed.Piece.Index,
                failed.Piece.Attempt,
                failed.Reason
            );
        _outbox.Send(lease.Job.Spec.Job, ran.Lease, ran.Ends);
        ShowState();
        TellIfDrained();
    }

    private void OnAcknowledged(Worker.Acknowledged acknowledged)
    {
        _outbox.Acknowledge(acknowledged.Report);
        TellIfDrained();
    }

    private void OnRecount(Worker.Recount recount)
    {
        _outbox.SendAgain();
        _pool.Tell(new Pool.Held(recount.Number, [.. _leases.Keys], [.. _jobs.Keys]));
        if (_drain.IsCancellationRequested)
            _pool.Tell(new Pool.Leave());
    }

    // Before the stop, because Akka stops an actor only after its children, and the runner ends only after its piece.
    private void OnAbandon()
    {
        CancelAll();
        Context.Stop(Self);
    }

    private void CancelAll()
    {
        foreach (var job in _jobs.Values.Concat(_leases.Values.Select(lease => lease.Job)))
            job.Cancellation.CancelAside(_log);
        _drain.Cancel();
    }

    private void OnRunnerEnded(Terminated ended)
    {
        if (_leftBehind.Remove(ended.ActorRef))
        {
            ShowState();
            return; // its piece has ended after all
        }
        foreach (var (id, lease) in _leases)
            _outbox.Send(
                lease.Job.Spec.Job,
                id,
                Ends.Each(lease.Remaining, piece => Outcome.Not(How.Failed, piece, "the worker's runner broke; see its log", null, 0))
            );
        _leases.Clear();
        StartRunner();
        _log.Warning(Event.RunnerRestarted, "as {Runner}", _runner.Path.Name);
        TellIfDrained();
    }

    private void OnDrain(Worker.Drain _)
    {
        _drainedTo = Sender;
        _drain.Cancel();
        _pool.Tell(new Pool.Leave());
        ShowState();
        TellIfDrained();
    }

    // What it reported must be committed too, for nobody sends it again once the worker is gone.
    private void TellIfDrained()
    {
        if (_drain.IsCancellationRequested && _leases.Count == 0 && _outbox.IsEmpty)
            _drainedTo.Tell(new Worker.Drained());
    }

    private void ShowState() =>
        _status.State = (_drain.IsCancellationRequested, _leases.Count) switch
        {
            (true, _) when _leftBehind.Count >= MaxLeftBehind => "stuck",
            (true, _) => "draining",
            (_, 0) => "idle" + LeftBehind,
            _ => $"holds {Quantity.Of(_leases.Values.Sum(lease => lease.Left), "piece")}{LeftBehind}",
        };

    private string LeftBehind => _leftBehind.Count > 0 ? $", {Quantity.Of(_leftBehind.Count, "thread")} left behind" : "";

    private sealed record AskAgain : ILocalMessage;

    private sealed record SendAgain : ILocalMessage;

    private sealed record Look : ILocalMessage;
}
