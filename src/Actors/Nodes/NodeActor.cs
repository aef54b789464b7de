using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <inheritdoc cref="Node"/>
internal sealed class NodeActor : ReceiveActor, IWithTimers
{
    private const string JoinTimer = "join";
    private const string RenewTimer = "renew";

    // The node stops its pieces when so much of the lease is over: before the host gives them to another.
    private const double Fence = 0.7;

    // So many workers left behind by sessions that are over, whose pieces have not ended though they were told to, and the process ends.
    private const int MaxLeftBehind = 8;

    // How long it waits for its host to end it before it ends by itself.
    private static readonly TimeSpan StuckPatience = TimeSpan.FromSeconds(5);

    private readonly Node.Settings _settings;
    private readonly Catalogue _catalogue;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly TaskCompletionSource<Node.End> _end;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly ActorSelection _gate;
    private readonly HashSet<IActorRef> _working = [];
    private readonly HashSet<IActorRef> _abandoned = [];
    private Guid _nodeId;
    private Gate.Welcome? _lease;
    private long _renewed;
    private int _generation;
    private bool _saidWaiting;
    private bool _isDraining;

    public NodeActor(Node.Settings settings, Catalogue catalogue, TimeProvider time, Action<string> say, TaskCompletionSource<Node.End> end)
    {
        (_settings, _catalogue, _time, _say, _end) = (settings, catalogue, time, say, end);
#pragma warning disable RS0030 // the only actor of another process whose place is known beforehand; all others come as references
        _gate = Context.ActorSelection(new RootActorPath(settings.Host) / "user" / "mailroom" / "nodes");
#pragma warning restore RS0030
        Joining();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        Knock();
    }

    /// <summary>A worker that breaks is restarted and asks anew; one that breaks 10 times in 60 s is stopped.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(10, TimeSpan.FromSeconds(60), error =>
    {
        _log.Error(error, "worker.broke {Worker}: {Reason}", Sender.Path.Name, error.Message);
        return Directive.Restart;
    });

    /// <summary>Outside: knocks until the host lets it in.</summary>
    private void Joining()
    {
        _status.State = "joining";
        Receive<KnockAgain>(_ => Join());
        Receive<ThisActorSystemQuarantinedEvent>(_ => StartAnew());
        Receive<Gate.Welcome>(OnWelcome);
        Receive<Gate.Refused>(refused => Finish(ExitCode.Refused, $"the host refused {_settings.Name}: {Visible.Text(refused.Reason)}"));
        Receive<Node.Drain>(_ => Finish(ExitCode.Done, $"{_settings.Name} ends without having joined"));
        Receive<Terminated>(gone => _abandoned.Remove(gone.ActorRef));
        ReceiveAny(_ => { }); // late answers of a session that is over
    }

    /// <summary>Inside: renews its lease, while its workers deal with the pool themselves.</summary>
    private void Joined()
    {
        _status.State = "joined";
        Receive<Heartbeat>(_ => Renew());
        Receive<Keeper.Renewed>(OnRenewed);
        Receive<Keeper.Dismissed>(OnDismissed);
        Receive<ThisActorSystemQuarantinedEvent>(_ => StartAnew());
        Receive<Node.Drain>(_ => OnDrain());
        Receive<Keeper.Retire>(OnRetire);
        Receive<Worker.Stuck>(OnStuck);
        Receive<EndStuck>(OnEndStuck);
        Receive<Terminated>(gone =>
        {
            _working.Remove(gone.ActorRef);
            _abandoned.Remove(gone.ActorRef);
        });
    }

    /// <summary>Leaving: waits for its workers, renewing its lease so that nobody else runs their pieces.</summary>
    private void Draining()
    {
        _status.State = "draining";
        Receive<Heartbeat>(_ => Renew());
        Receive<Keeper.Renewed>(OnRenewed);
        Receive<Worker.Drained>(_ => OnWorkerDone(Sender));
        Receive<Terminated>(gone => OnWorkerDone(gone.ActorRef));
        Receive<ThisActorSystemQuarantinedEvent>(_ => Finish(ExitCode.Done, $"{_settings.Name} was shut out while it left"));
        Receive<Keeper.Retire>(OnRetire);
        Receive<Worker.Stuck>(OnStuck);
        Receive<EndStuck>(OnEndStuck);
        Receive<DrainOver>(_ => Leave($"{_settings.Name} left with pieces still running after {Quantity.Text(_settings.DrainTimeout)}"));
        Receive<Keeper.Dismissed>(_ => Finish(ExitCode.Done, $"{_settings.Name} was dismissed while it left"));
    }

    private void Knock()
    {
        (_nodeId, _renewed) = (Guid.NewGuid(), _time.GetTimestamp());
        Timers.StartPeriodicTimer(JoinTimer, new KnockAgain(), TimeSpan.Zero, _settings.JoinEvery);
    }

    private void Join()
    {
        _gate.Tell(new Gate.Join(_settings.Name, _nodeId, Environment.ProcessId, Environment.MachineName, _settings.Version, _settings.Workers, _settings.Token, [.. _catalogue.Own.Select(own => new Gate.OwnKind(own.Kind, own.Version))]));
        if (_time.GetElapsedTime(_renewed) < TimeSpan.FromSeconds(2) || _saidWaiting)
            return;
        _saidWaiting = true;
        _say($"{_settings.Name} waits for a host at {_settings.Host.Host}:{_settings.Host.Port}");
    }

    private void OnWelcome(Gate.Welcome welcome)
    {
        Timers.Cancel(JoinTimer);
        (_lease, _renewed, _saidWaiting) = (welcome, _time.GetTimestamp(), false);
        _generation++;
        var settings = new Worker.Settings(_settings.Name, 1, new Worker.Limits(_settings.MaxPayload, _settings.MaxResult), _settings.BatchTime, _settings.MayRunPrograms,
            _settings.Grace, _settings.EndsWhenStuck ? Worker.LastRung.EndProcess : Worker.LastRung.LeaveThread);
        for (var number = 1; number <= _settings.Workers; number++)
        {
            var name = _generation == 1 ? $"worker-{number}" : $"worker-{number}.{_generation}";
            _working.Add(Context.Watch(Context.ActorOf(Worker.Props(settings, _catalogue, welcome.Pool, welcome.Session), name)));
        }
        Timers.StartPeriodicTimer(RenewTimer, new Heartbeat(), welcome.Heartbeat);
        Become(Joined);
        _log.Info("node.welcome session of {Workers} workers begins, lease {Lease} s", _settings.Workers, welcome.Lease.TotalSeconds);
        _say($"{_settings.Name} joined {_settings.Host.Host}:{_settings.Host.Port} with {_settings.Workers} worker{(_settings.Workers == 1 ? "" : "s")}");
    }

    private void Renew()
    {
        var lease = _lease!;
        var silence = _time.GetElapsedTime(_renewed);
        if (silence > lease.Lease * Fence && _isDraining)
            Finish(ExitCode.Done, $"{_settings.Name} left; its host has not answered for {Quantity.Text(silence)}");
        else if (silence > lease.Lease * Fence)
            Rejoin($"the host has not answered for {Quantity.Text(silence)}");
        else
            lease.Keeper.Tell(new Keeper.Renew(lease.Session, Usage.Now(_settings.Name), Roster.Of(Context.System).Report(_settings.Name)));
    }

    private void OnRenewed(Keeper.Renewed renewed)
    {
        if (renewed.Session == _lease!.Session)
            _renewed = _time.GetTimestamp();
    }

    private void OnDismissed(Keeper.Dismissed dismissed)
    {
        if (dismissed.Session == _lease!.Session)
            Rejoin(Visible.Text(dismissed.Reason));
    }

    /// <summary>Stops all pieces and knocks again with a new id: whatever the host still awaits of the old session is void.</summary>
    private void Rejoin(string reason)
    {
        _log.Warning("node.fenced {Reason}; its pieces are stopped and it joins anew", reason);
        _say($"{_settings.Name} lost the host: {reason}");
        Timers.Cancel(RenewTimer);
        foreach (var worker in _working)
            worker.Tell(new Worker.Abandon());
        _abandoned.UnionWith(_working);
        _working.Clear();
        if (_abandoned.Count > _settings.Workers + MaxLeftBehind)
        {
            Finish(ExitCode.JobFailed, $"{_settings.Name} ends: its sessions have left behind {MaxLeftBehind} threads whose pieces have not ended though they were told to");
            return;
        }
        _lease = null;
        Become(Joining);
        Knock();
    }

    private void OnRetire(Keeper.Retire retire)
    {
        if (retire.Session != _lease!.Session)
            return;
        if (!retire.Now && !_isDraining)
            OnDrain();
        else if (retire.Now)
        {
            foreach (var worker in _working)
                Context.Unwatch(worker).Tell(new Worker.Abandon());
            Finish(ExitCode.Done, $"{_settings.Name} was told to stop");
        }
    }

    private void OnStuck(Worker.Stuck stuck)
    {
        _log.Warning("node.stuck {Reason}; this process is to be ended", stuck.Reason);
        _lease!.Keeper.Tell(new Keeper.Stuck(_lease.Session, stuck.Reason));
        Timers.StartSingleTimer(nameof(EndStuck), new EndStuck(stuck.Reason), StuckPatience);
    }

    private void OnEndStuck(EndStuck end) => Finish(ExitCode.JobFailed, $"{_settings.Name} ends: {end.Reason}");

    private void OnDrain()
    {
        _isDraining = true;
        Become(Draining);
        Timers.StartSingleTimer(nameof(DrainOver), new DrainOver(), _settings.DrainTimeout);
        foreach (var worker in _working)
            worker.Tell(new Worker.Drain());
        LeaveIfDone();
    }

    private void OnWorkerDone(IActorRef worker)
    {
        _working.Remove(worker);
        LeaveIfDone();
    }

    private void LeaveIfDone()
    {
        if (_working.Count == 0)
            Leave($"{_settings.Name} left");
    }

    private void Leave(string message)
    {
        _lease!.Keeper.Tell(new Keeper.Left(_lease.Session));
        Finish(ExitCode.Done, message);
    }

    private void StartAnew()
    {
        _log.Warning("node.quarantined because the host shut this ActorSystem out; a new one is started");
        _end.TrySetResult(new Node.End(ExitCode.Done, "quarantined", StartAnew: true));
    }

    private void Finish(ExitCode code, string message)
    {
        Timers.CancelAll();
        _log.Info("node.finished {Code}: {Reason}", (int)code, message);
        _end.TrySetResult(new Node.End(code, message));
    }

    private sealed record KnockAgain : ILocalMessage;

    private sealed record Heartbeat : ILocalMessage;

    private sealed record DrainOver : ILocalMessage;

    private sealed record EndStuck(string Reason) : ILocalMessage;
}
