using System.Security.Cryptography;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <inheritdoc cref="Keeper"/>
internal sealed class KeeperActor : ReceiveActor, IWithTimers
{
    private const string LeaseTimer = "lease";
    private const string StartTimer = "start";
    private const string ForgetTimer = "forget";

    private const string HostStops = "the host stops";
    private const string SentAway = "it was told to stop";

    // How long a node that is gone stays in the list with its reason.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    // A timer that rings so late rings in a process that stood still itself.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    // So many lies, and the session ends.
    private const int MaxLies = 3;

    private readonly Gate.Settings _settings;
    private readonly IActorRef _pool;
    private readonly INodeLauncher _launcher;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Queue<long> _restarts = new();
    private NodeReport _report;
    private INodeProcess? _process;
    private IActorRef _agent = ActorRefs.Nobody;
    private Guid _nodeId;
    private long _session;
    private long _heard;
    private long _launched;
    private int _failedStarts;

    // Why the host ended the process, which its exit code can't tell, and whether it is no fault of the node's.
    private (string Reason, bool IsFreed)? _ended;
    private bool _isRetired;

    // What it told that can't be true, in this session; and why it may not come again.
    private int _lies;
    private string? _barred;

    // What its workers are for the pool, by their number from 1.
    private IActorRef[] _links = [];
    private int _sessions;

    // Its connection broke, and it has not been heard of since.
    private bool _isSuspect;

    public KeeperActor(Gate.Settings settings, NodeReport report, IActorRef pool, INodeLauncher launcher, TimeProvider time)
    {
        (_settings, _report, _pool, _launcher, _time) = (settings, report, pool, launcher, time);
        Absent();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private string Name => _report.Name;

    private bool Own => _report.Own;

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Tell(_report);
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        DoorSetup.Of(Context.System)?.Forget(Name);
        _process?.Kill();
    }

    /// <summary>A link that breaks is a bug, and has lost its book: the keeper breaks with it, and the node joins anew.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    /// <summary>Without a node: not started yet, starting, or waiting to be started again.</summary>
    private void Absent()
    {
        Receive<Keeper.Launch>(_ => OnLaunch());
        Receive<Gate.Join>(OnJoin);
        Receive<Exited>(OnExited);
        Receive<StartOver>(_ => EndProcess($"it did not join within {Quantity.Text(_settings.StartTimeout)}"));
        Receive<Forget>(_ => Context.Stop(Self));
        Receive<Keeper.Leave>(_ => OnStop(SentAway));
        Receive<Parcel>(parcel =>
        {
            DoorSetup.Of(Context.System)?.Handled(Name);
            OnLateParcel(parcel);
        });
        Receive<Link.Lie>(_ => { });
        Receive<DisassociatedEvent>(_ => { });
        Receive<LeaseEnded>(_ => { });
        Receive<Keeper.Stop>(_ => OnStop(HostStops));
    }

    /// <summary>With a node that has joined.</summary>
    private void Present()
    {
        Receive<Parcel>(OnParcel);
        Receive<Link.Lie>(lie => OnLie(lie.What));
        Receive<Gate.Join>(OnSecondJoin);
        Receive<Keeper.Leave>(OnLeave);
        Receive<Exited>(OnExited);
        Receive<DisassociatedEvent>(OnDisassociated);
        Receive<LeaseEnded>(_ => OnLeaseEnded());
        Receive<Keeper.Stop>(_ => OnStop(HostStops));
    }

    /// <summary>Told to stop; waits for the process to end, if there is one.</summary>
    private void Stopping()
    {
        Receive<Exited>(exited => Context.Stop(Self));
        Receive<StartOver>(_ => _process?.Kill());
        ReceiveAny(_ => { });
    }

    private void OnLaunch()
    {
        if (_process is not null)
            return;
        if (_report.State == NodeState.GivenUp)
            _restarts.Clear();
        Launch();
    }

    private void Launch()
    {
        _launched = _time.GetTimestamp();
        try
        {
            var process = _launcher.Launch(Name);
            _process = process;
            process.Exited.PipeTo(Self, success: exit => new Exited(process, exit));
            Tell(_report with { State = NodeState.Starting, Pid = process.Pid, Since = _time.GetUtcNow() });
            _log.Info("node.started {Name} as process {Pid}", Name, process.Pid);
            Timers.StartSingleTimer(StartTimer, new StartOver(), _settings.StartTimeout);
        }
        catch (UserError error)
        {
            LaunchAgain($"it can't be started: {error.Message}");
        }
    }

    private void OnJoin(Gate.Join join)
    {
        if (_barred is not null)
        {
            Refuse(_barred);
            return;
        }
        if (Own && join.Pid != _process?.Pid)
        {
            Refuse($"the name {Name} belongs to a node of the host's own; choose another with --name");
            return;
        }
        Timers.Cancel(StartTimer);
        Timers.Cancel(ForgetTimer);
        _isRetired &= Own; // a node by hand that comes again is wanted again
        (_agent, _nodeId, _session) = (Sender, join.NodeId, NewSession());
        Become(Present);
        StartLinks(join.Workers);
        DoorSetup.Of(Context.System)?.Admit(Name);
        Hear(); // before the welcome: from then on somebody may count on the lease
        ToNode(new Gate.Welcome(_settings.Heartbeat, _settings.Lease));
        Tell(
            _report with
            {
                State = NodeState.Up,
                Pid = join.Pid,
                Machine = join.Machine,
                Workers = join.Workers,
                Since = _time.GetUtcNow(),
            }
        );
        _log.Info(
            "node.joined {Name} as process {Pid} on {Machine} with {Workers} workers",
            Name,
            join.Pid,
            Visible.Text(join.Machine),
            join.Workers
        );
    }

    /// <summary>One for each worker that it said to have, and no more will be listened to.</summary>
    private void StartLinks(int workers)
    {
        _lies = 0;
        _sessions++;
        var parts = new PartBudget(_settings.MaxResult);
        _links =
        [
            .. Enumerable
                .Range(1, workers)
                .Select(number =>
                    Context.ActorOf(
                        Link.Props(
                            new Link.Settings(Name, _session, number, _settings.MaxPart, _settings.MaxResult, parts),
                            _agent,
                            _pool,
                            _time
                        ),
                        _sessions == 1 ? $"worker-{number}" : $"worker-{number}.{_sessions}"
                    )
                ),
        ];
    }

    private void ToNode(object message) => _agent.Tell(new Parcel(_session, 0, message));

    private void Refuse(string reason) => Sender.Tell(new Parcel(0, 0, new Gate.Refused(reason)));

    private void OnParcel(Parcel parcel)
    {
        if (parcel.Session == _session && parcel.Message is Pool.IFromWorker message && parcel.Worker > 0 && parcel.Worker <= _links.Length)
        {
            _links[parcel.Worker - 1].Tell(message);
            return; // which counts it as handled
        }
        DoorSetup.Of(Context.System)?.Handled(Name);
        if (parcel.Session != _session)
        {
            OnLateParcel(parcel);
            return;
        }
        switch (parcel.Message)
        {
            case Keeper.Renew renew:
                OnRenew(renew);
                break;
            case Keeper.Left:
                OnLeft();
                break;
            case Keeper.Stuck stuck:
                OnStuck(stuck);
                break;
            default:
                OnLie($"{Parcel.NameOf(parcel.Message)} of worker {parcel.Worker}");
                break;
        }
    }

    // Of a session that is over: it may not know yet.
    private void OnLateParcel(Parcel parcel)
    {
        if (parcel.Message is Keeper.Renew)
            Sender.Tell(new Parcel(parcel.Session, 0, new Keeper.Dismissed("the host does not know this session any more")));
    }

    /// <summary>A node that tells what can't be true is broken, or not honest: after a few times it is not listened to any more.</summary>
    private void OnLie(string what)
    {
        what = Visible.Text(what.Length > 300 ? what[..300] + "…" : what);
        _log.Warning("node.lied {Name}: it reported {What}", Name, what);
        if (++_lies < MaxLies)
            return;
        var reason = $"it reported {MaxLies} times what can't be, the last: {what}";
        ToNode(new Keeper.Dismissed(reason));
        Lose(reason, crashed: false);
        if (Own)
            EndProcess(reason);
        else
        {
            _barred = reason;
            BeGone();
        }
    }

    private void BeGone()
    {
        Tell(_report with { State = NodeState.Gone, Since = _time.GetUtcNow() });
        Timers.StartSingleTimer(ForgetTimer, new Forget(), Remembered);
    }

    private void OnSecondJoin(Gate.Join join)
    {
        if (join.NodeId == _nodeId)
            return; // the welcome is on its way
        if (join.Pid == _report.Pid && join.Machine == _report.Machine)
        {
            Lose("it joined anew", crashed: false);
            OnJoin(join);
            return;
        }
        Refuse($"a node named {Name} is here already (process {_report.Pid} on {_report.Machine}); choose another name with --name");
    }

    private void OnRenew(Keeper.Renew renew)
    {
        if (_isSuspect)
        {
            // Messages may have been lost with the connection; the pool finds out which.
            _isSuspect = false;
            _pool.Tell(new Pool.Recount(_session));
            if (_isRetired)
                ToNode(new Keeper.Retire(Now: false));
            _report = _report with { State = _isRetired ? NodeState.Draining : NodeState.Up, Since = _time.GetUtcNow() };
            _log.Info("node.back {Name}: its connection is there again", Name);
        }
        Hear();
        ToNode(new Keeper.Renewed());
        Tell(
            _report with
            {
                Usage = renew.Usage with { Node = Name },
                Actors = [.. renew.Actors.Select(actor => actor with { Node = Name })],
            }
        );
    }

    private void Hear()
    {
        _heard = _time.GetTimestamp();
        Timers.StartSingleTimer(LeaseTimer, new LeaseEnded(), _settings.Lease);
    }

    private void OnDisassociated(DisassociatedEvent lost)
    {
        if (!lost.RemoteAddress.Equals(_agent.Path.Address) || _isSuspect)
            return;
        _isSuspect = true;
        _pool.Tell(new Pool.Suspend(_session));
        Tell(_report with { State = NodeState.Suspect, Since = _time.GetUtcNow() });
        _log.Warning(
            "node.suspect {Name}: its connection broke; its lease runs for {Lease} s more at most",
            Name,
            _settings.Lease.TotalSeconds
        );
    }

    private void OnLeaseEnded()
    {
        var silence = _time.GetElapsedTime(_heard);
        if (silence > _settings.Lease + Late)
        {
            Hear(); // this host itself stood still: what the node has sent meanwhile is only read now
            return;
        }
        var reason =
            $"lease ended: no heartbeat for {silence.TotalSeconds.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)} s";
        Lose(reason, crashed: Own); // nothing but what it runs can have kept a process beside this one from saying so
        if (Own)
            EndProcess(reason);
        else
            BeGone();
    }

    private void OnLeft()
    {
        Lose("it left", crashed: false);
        if (!Own)
            Context.Stop(Self);
    }

    /// <summary>The last rung of the ladder: only with its process can such a piece be ended. It costs the node nothing.</summary>
    private void OnStuck(Keeper.Stuck stuck)
    {
        if (!Own)
        {
            OnLie("that its process is to be ended, which its host has not started");
            return;
        }
        var reason = $"ended by the host: {Visible.Text(stuck.Reason)}";
        Lose(reason, crashed: false);
        EndProcess(reason, isFreed: true);
    }

    private void OnLeave(Keeper.Leave leave)
    {
        _isRetired = true;
        ToNode(new Keeper.Retire(leave.Now));
        _log.Info("node.retired {Name}: {How}", Name, leave.Now ? "its pieces go back at once" : "it leaves when what it runs has ended");
        if (leave.Now)
            OnStop(SentAway);
        else
            Tell(_report with { State = NodeState.Draining, Since = _time.GetUtcNow() });
    }

    private void EndProcess(string reason, bool isFreed = false)
    {
        _ended = (reason, isFreed);
        _process?.Kill();
    }

    private void OnExited(Exited exited)
    {
        if (exited.Process != _process)
            return;
        _process = null;
        var (reason, isFreed) = _ended ?? (exited.Exit.Reason, false);
        _ended = null;
        if (_session != 0)
            Lose(reason, crashed: true); // whatever its code: it ended while it was wanted, and did not say that it would
        Timers.Cancel(StartTimer);
        if (_isRetired)
        {
            Context.Stop(Self);
            return;
        }
        if (exited.Exit.LastWords.Length > 0)
            _log.Warning("node.said {Name} before it ended: {Words}", Name, Visible.Text(exited.Exit.LastWords, keepLines: true));
        if (isFreed)
        {
            Tell(_report with { Restarts = _report.Restarts + 1, Reason = reason });
            Launch();
        }
        else
            LaunchAgain(reason);
    }

    /// <summary>Starts the process again after a wait that doubles, or gives the node up when it ended too often.</summary>
    private void LaunchAgain(string reason)
    {
        var now = _time.GetTimestamp();
        _failedStarts = _time.GetElapsedTime(_launched, now) > _settings.MaxBackoff ? 0 : _failedStarts;
        _restarts.Enqueue(now);
        while (_time.GetElapsedTime(_restarts.Peek(), now) > _settings.RestartWindow)
            _restarts.Dequeue();
        if (_restarts.Count > _settings.MaxRestarts)
        {
            Tell(_report with { State = NodeState.GivenUp, Pid = null, Since = _time.GetUtcNow(), Reason = reason });
            _log.Error(
                "node.given-up {Name}: it ended {Count} times in {Window} s, the last: {Reason}",
                Name,
                _restarts.Count,
                _settings.RestartWindow.TotalSeconds,
                reason
            );
            return;
        }
        var wait = TimeSpan.FromSeconds(
            Math.Min(_settings.MaxBackoff.TotalSeconds, _settings.MinBackoff.TotalSeconds * Math.Pow(2, _failedStarts++))
        );
        Tell(
            _report with
            {
                State = NodeState.Waiting,
                Pid = null,
                Since = _time.GetUtcNow(),
                Restarts = _report.Restarts + 1,
                Reason = reason,
            }
        );
        _log.Warning("node.ended {Name}: {Reason}; it is started again in {Wait} s", Name, reason, wait.TotalSeconds);
        Timers.StartSingleTimer(nameof(Keeper.Launch), new Keeper.Launch(), wait);
    }

    /// <summary>Ends the session: what its workers held goes back to the queue.</summary>
    private void Lose(string reason, bool crashed)
    {
        Timers.Cancel(LeaseTimer);
        EndLinks(reason, crashed);
        _log.Warning("node.lost {Name}: {Reason}", Name, reason);
        (_session, _agent, _isSuspect) = (0, ActorRefs.Nobody, false);
        Tell(_report with { Reason = reason, Usage = null, Actors = [] });
        Become(Absent);
        if (_process is not null)
            Timers.StartSingleTimer(StartTimer, new StartOver(), _settings.StartTimeout); // it must join anew or end
    }

    private void EndLinks(string reason, bool crashed)
    {
        _pool.Tell(new Pool.End(_session)); // or the first one's pieces would be leased to the next one lost
        foreach (var link in _links)
            link.Tell(new Link.End($"{Name}: {reason}", crashed));
        _links = [];
    }

    private void OnStop(string reason)
    {
        Timers.CancelAll();
        if (_session != 0)
        {
            EndLinks(reason, crashed: false);
            ToNode(new Keeper.Dismissed(reason));
        }
        if (_process is null)
        {
            Context.Stop(Self);
            return;
        }
        Become(Stopping);
        _process.Release();
        Timers.StartSingleTimer(StartTimer, new StartOver(), _settings.StopTimeout);
    }

    private void Tell(NodeReport report)
    {
        _report = report;
        _status.State = report.State.Word();
        Context.Parent.Tell(new Keeper.Changed(report));
    }

    private static long NewSession() => BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    private sealed record Exited(INodeProcess Process, NodeExit Exit) : ILocalMessage;

    private sealed record StartOver : ILocalMessage;

    private sealed record Forget : ILocalMessage;

    private sealed record LeaseEnded : ILocalMessage;
}
