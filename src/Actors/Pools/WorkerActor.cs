using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>
/// The side of a worker that talks: it takes leases, hands them to its runner and reports. It stays free to hear of a
/// cancelled job while the runner, on its own thread, hears nothing.
/// </summary>
internal sealed class WorkerActor : ReceiveActor, IWithTimers
{
    // A piece of a closed job that runs on after so long looks at no token: its thread is left behind and replaced.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly Worker.Settings _settings;
    private readonly Catalogue _catalogue;
    private readonly IActorRef _pool;
    private readonly long _session;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Dictionary<int, OpenJob> _jobs = [];
    private readonly Dictionary<long, HeldLease> _leases = [];
    private readonly CancellationTokenSource _drain = new();
    private IActorRef _runner = ActorRefs.Nobody;
    private IActorRef _drainedTo = ActorRefs.Nobody;
    private int _runners;

    public WorkerActor(Worker.Settings settings, Catalogue catalogue, IActorRef? pool, long session)
    {
        (_settings, _catalogue, _pool, _session) = (settings, catalogue, pool ?? Context.Parent, session);
        Receive<Worker.Open>(OnOpen);
        Receive<Worker.Lease>(OnLease);
        Receive<Worker.Close>(OnClose);
        Receive<Runner.Ran>(OnRan);
        Receive<Worker.Drain>(OnDrain);
        Receive<Worker.Abandon>(_ => OnAbandon());
        Receive<GraceOver>(OnGraceOver);
        Receive<Terminated>(_ => OnRunnerEnded());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _status.State = "idle";
        StartRunner();
        _pool.Tell(new Pool.Ask(_session, _settings.Node, Self.Path.Name, _settings.Width));
    }

    protected override void PostStop()
    {
        CancelAll();
        _drain.Dispose();
    }

    /// <summary>What a piece throws is caught where it runs. A runner that fails all the same is a bug: it is replaced, and its pieces fail.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(error =>
    {
        _log.Error(error, "runner.broke {Runner}: {Reason}", Sender.Path.Name, error.Message);
        return Directive.Stop;
    });

    private void StartRunner() =>
        _runner = Context.Watch(Context.ActorOf(Runner.Props(_settings, _drain.Token), (_settings.Width > 1 ? "loop-" : "thread-") + ++_runners));

    private void OnOpen(Worker.Open open)
    {
        try
        {
            if (Refusal(open) is { } reason)
                _pool.Tell(new Pool.Decline(_session, open.Spec.Job, reason));
            else
                _jobs[open.Spec.Job] = new OpenJob(open.Spec, open.Work ?? _catalogue.Find(open.Spec.Kind).Open(open.Spec.ArgumentsJson), null);
        }
        catch (Exception error)
        {
            _log.Error(error, "job.refused {Job}: {Reason}", open.Spec.Job, error.Message);
            _jobs[open.Spec.Job] = new OpenJob(open.Spec, null, error.Message);
        }
    }

    /// <summary>Why this worker can't run pieces of a job though others may, or null.</summary>
    private string? Refusal(Worker.Open open)
    {
        var spec = open.Spec;
        if (open.Work is null && !_catalogue.Knows(spec.Kind))
            return $"doesn't know the kind {spec.Kind}; start it with --kinds and the kind's assembly";
        if (open.Work is null && _catalogue.VersionOf(spec.Kind) is var mine && mine != spec.KindVersion)
            return $"has another {spec.Kind}: {Named(mine)}, but the host has {Named(spec.KindVersion)}; both need the same assembly";
        return (open.Work?.Kind ?? _catalogue.Find(spec.Kind)).RunsPrograms && !_settings.MayRunPrograms
            ? "doesn't run programs: its settings say mailroom.programs.allowed = off"
            : null;

        static string Named(string version) => version.Length == 0 ? "the one of Mailroom itself" : Input.Visible.Text(version);
    }

    private void OnLease(Worker.Lease lease)
    {
        if (!_jobs.TryGetValue(lease.Job, out var job))
            Report(lease.Id, [.. lease.Pieces.Select(Outcome.HandedBack)]);
        else if (job.Work is not { } work)
            Report(lease.Id, [.. lease.Pieces.Select(piece => Outcome.Not(Verdict.GaveUp, piece, $"{_settings.Node} can't run it: {job.Refusal}", null, 0))]);
        else if (_drain.IsCancellationRequested)
            Report(lease.Id, [.. lease.Pieces.Select(Outcome.HandedBack)]);
        else
        {
            _leases.Add(lease.Id, new HeldLease(job, lease.Pieces));
            _runner.Tell(new Runner.Run(lease, work, job.Spec.Timeout, job.Cancellation.Token));
        }
        ShowState();
    }

    private void OnClose(Worker.Close close)
    {
        if (!_jobs.Remove(close.Job, out var job))
            return;
        job.Cancellation.Cancel();
        if (_leases.Values.Any(lease => lease.Job == job))
            Timers.StartSingleTimer(job, new GraceOver(job), Grace);
        if (job.Pieces > 0)
            _log.Info("worker.did {Count} pieces of job {Job} in {Seconds} s", job.Pieces, close.Job, Math.Round(job.Seconds, 3));
    }

    private void OnRan(Runner.Ran ran)
    {
        if (!_leases.TryGetValue(ran.Lease, out var lease))
            return; // a runner that was given up has ended its piece after all
        lease.Account(ran.Outcomes);
        if (lease.Left == 0)
            _leases.Remove(ran.Lease);
        foreach (var failed in ran.Outcomes.Where(outcome => outcome.Verdict is Verdict.Failed or Verdict.GaveUp))
            _log.Warning("piece.failed job {Job} piece {Piece} attempt {Attempt}: {Reason}", lease.Job.Spec.Job, failed.Piece, failed.Attempt, failed.Reason);
        Report(ran.Lease, ran.Outcomes);
        ShowState();
        TellIfDrained();
    }

    // Before the stop, because Akka stops an actor only after its children, and the runner ends only after its piece.
    private void OnAbandon()
    {
        CancelAll();
        Context.Stop(Self);
    }

    private void CancelAll()
    {
        foreach (var job in _jobs.Values)
            job.Cancellation.Cancel();
        _drain.Cancel();
    }

    private void OnGraceOver(GraceOver over)
    {
        var stuck = _leases.Where(pair => pair.Value.Job == over.Job).ToList();
        foreach (var (id, lease) in stuck)
        {
            Report(id, [.. lease.Remaining.Select(piece => Outcome.Cancelled(piece))]);
            _leases.Remove(id);
        }
        if (stuck.Count == 0)
            return;
        _log.Warning("worker.stuck: a piece of job {Job} runs on {Grace} s after its cancellation and can't be stopped on a thread; run such work by processes", over.Job.Spec.Job, Grace.TotalSeconds);
        if (_settings.Width == 1)
            ReplaceRunner();
        ShowState();
        TellIfDrained();
    }

    /// <summary>Leaves the runner behind with the piece that never ends; what waits behind it goes back.</summary>
    private void ReplaceRunner()
    {
        Context.Stop(Context.Unwatch(_runner));
        foreach (var (id, lease) in _leases)
            Report(id, [.. lease.Remaining.Select(Outcome.HandedBack)]);
        _leases.Clear();
        StartRunner();
    }

    private void OnRunnerEnded()
    {
        foreach (var (id, lease) in _leases)
            Report(id, [.. lease.Remaining.Select(piece => Outcome.Not(Verdict.Failed, piece, "the worker's runner broke; see its log", null, 0))]);
        _leases.Clear();
        StartRunner();
        _log.Warning("runner.restarted as {Runner}", _runner.Path.Name);
        TellIfDrained();
    }

    private void OnDrain(Worker.Drain _)
    {
        _drainedTo = Sender;
        _drain.Cancel();
        _pool.Tell(new Pool.Leave(_session));
        ShowState();
        TellIfDrained();
    }

    private void TellIfDrained()
    {
        if (_drain.IsCancellationRequested && _leases.Count == 0)
            _drainedTo.Tell(new Worker.Drained());
    }

    private void Report(long lease, ImmutableArray<Outcome> outcomes) =>
        _pool.Tell(new Pool.Report(_session, lease, _settings.Limits is { } limits ? [.. outcomes.Select(outcome => SendAhead(lease, outcome, limits.Message))] : outcomes));

    /// <summary>Sends a result that is too big for one message ahead of its outcome, in parts.</summary>
    private Outcome SendAhead(long lease, Outcome outcome, int most)
    {
        if (outcome.Result is not { } result || result.Bytes.Length <= most)
            return outcome;
        var parts = 0;
        for (var at = 0; at < result.Bytes.Length; at += most, parts++)
            _pool.Tell(new Pool.Part(_session, lease, outcome.Piece, Payload.Of(result.Bytes.Slice(at, Math.Min(most, result.Bytes.Length - at)))));
        return outcome with { Result = null, Parts = parts };
    }

    private void ShowState() =>
        _status.State = (_drain.IsCancellationRequested, _leases.Count) switch
        {
            (true, _) => "draining",
            (_, 0) => "idle",
            _ => $"holds {_leases.Values.Sum(lease => lease.Left)} pieces",
        };

    private sealed record GraceOver(OpenJob Job) : ILocalMessage;

    /// <summary>A job that this worker was told of, and what it did for it.</summary>
    private sealed class OpenJob(JobSpec spec, IWork? work, string? refusal)
    {
        public JobSpec Spec => spec;

        public IWork? Work => work;

        public string? Refusal => refusal;

        public CancellationTokenSource Cancellation { get; } = new();

        public long Pieces { get; set; }

        public double Seconds { get; set; }
    }

    private sealed class HeldLease(OpenJob job, ImmutableArray<Piece> pieces)
    {
        private readonly HashSet<int> _reported = [];
        private bool _whole = true;

        public OpenJob Job => job;

        public int Left { get; private set; } = pieces.Length;

        public IEnumerable<Piece> Remaining => pieces.Where(piece => !_reported.Contains(piece.Index));

        public void Account(ImmutableArray<Outcome> outcomes)
        {
            // A lease that comes back whole, as nearly all do, needs no record of what is missing.
            _whole &= outcomes.Length == Left && _reported.Count == 0;
            Left -= outcomes.Length;
            foreach (var outcome in outcomes)
            {
                if (!_whole)
                    _reported.Add(outcome.Piece);
                if (outcome.Verdict == Verdict.HandedBack)
                    continue;
                job.Pieces++;
                job.Seconds += outcome.Seconds;
            }
        }
    }
}
