using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Logs;
using Mailroom.Members;
using Mailroom.Pools;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <inheritdoc cref="Keeper"/>
internal sealed partial class KeeperActor : ReceiveActor, IWithTimers
{
    private const string LeaseTimer = "lease";
    private const string StartTimer = "start";
    private const string ForgetTimer = "forget";
    private const string DisconnectTimer = "disconnect";

    private const string HostStops = "the host stops";
    private const string SentAway = "it was told to stop";

    // How long a node that is gone stays in the list with its reason.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    // A timer that rings so late rings in a process that was stopped itself.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2);

    // How long the last word to a node that is expelled may take.
    private static readonly TimeSpan LastWord = TimeSpan.FromMilliseconds(300);

    // Each certificate is written down: a node that asks for more is not heard.
    private static readonly TimeSpan CertifyEvery = TimeSpan.FromSeconds(5);

    // So many lies, and the session ends.
    private const int MaxLies = 3;

    private readonly Gate.Settings _settings;
    private readonly IActorRef _pool;
    private readonly INodeLauncher _launcher;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly Restarts _restarts;
    private readonly SentFiles? _kinds;
    private NodeReport _report;
    private INodeProcess? _process;
    private NodeSession? _session;
    private int _sessions;
    private long _heard;
    private long? _certified;

    // Why the host ended the process, which its exit code can't tell, and whether it is no fault of the node's.
    private (string Reason, bool IsFreed)? _ended;
    private bool _isRetired;

    // Why it is to end and to be started anew, once what it runs has ended.
    private string? _outgrown;

    // Why it may not come again.
    private string? _barred;

    // The certificate with which its session began.
    private string? _serial;

    // What it told that can't be true, in all its sessions, and when it last did.
    private int _lies;
    private long _lied;

    public KeeperActor(
        Gate.Settings settings,
        NodeReport report,
        IActorRef pool,
        INodeLauncher launcher,
        TimeProvider time,
        SentFiles? kinds
    )
    {
        (_settings, _report, _pool, _launcher, _time, _kinds) = (settings, report, pool, launcher, time, kinds);
        _restarts = new Restarts(settings, time);
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
        EndRevoked(); // of whose last word nobody will be reminded
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
        Receive<Keeper.Expel>(_ => OnExpelled());
        Receive<FarLogs.Fetch>(_ => Sender.Tell(FarLogs.Fetched.Now));
        Receive<FarLogs.Want>(_ => { }); // whoever waits is told in a while
        Receive<Pool.FilesNeeded>(_ => { }); // of a session that is over
        Receive<Pool.FilesDone>(_ => { });
        Receive<FileSender.Say>(_ => { });
        Receive<LastWordSaid>(_ => EndRevoked());
        Receive<Membership.Granted>(_ => { });
        Receive<Membership.Refused>(_ => { });
        Receive<Membership.Outdated>(_ => { });
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
        Receive<Link.Lie>(lie =>
        {
            if (lie.Session == _session!.Number) // and not of one that is over
                OnLie(lie.What);
        });
        Receive<Gate.Join>(OnSecondJoin);
        Receive<Keeper.Leave>(OnLeave);
        Receive<Keeper.Expel>(OnExpel);
        Receive<FarLogs.Fetch>(OnFetchLogs);
        Receive<FarLogs.Want>(OnWantLogs);
        Receive<Pool.FilesNeeded>(OnFilesNeeded);
        Receive<Pool.FilesDone>(done => _files.Tell(done));
        Receive<FileSender.Say>(OnSay);
        Receive<LastWordSaid>(_ => EndRevoked()); // another node has come under its name
        Receive<Membership.Granted>(granted => _session!.Tell(new Keeper.Certified(granted.Certificate, granted.Authority)));
        Receive<Membership.Outdated>(_ => OnOutdated());
        Receive<Membership.Refused>(_ => { }); // it asks again, and its keeper's log has nothing to add to the members' own
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
        _outgrown = null;
        Become(Present);
        Begin(join);
        _log.Info(
            Event.NodeJoined,
            "{Name} as process {Pid} on {Machine}, workers {Workers}",
            Name,
            join.Pid,
            Visible.Text(join.Machine),
            join.Workers
        );
    }

    private void Begin(Gate.Join join)
    {
        var door = DoorSetup.Of(Context.System);
        var address = door?.AddressOf(Name);
        // By a tunnel, nodes of other machines come from this one.
        var isHere = Own || (Doors.IsHere(address) && join.Machine == Environment.MachineName);
        // Those of own nodes stand in the host's settings.
        _report = _report with
        {
            Labels = Own ? _settings.Labels : join.Labels ?? [],
            Address = address,
            IsHere = isHere,
        };
        _logsWanted = 0;
        _serial = door?.SerialOf(Name);
        _session = NodeSession.Begin(Context, join, _report.Site, ++_sessions, _settings, _pool, _time);
        door?.Admit(Name);
        Introduce();
        Hear(); // before the welcome: from then on somebody may count on the lease
        var bringsKinds = BringsKinds(join);
        _session.Tell(new Gate.Welcome(_settings.Heartbeat, _settings.Lease, _session.Protocol, bringsKinds));
        if (bringsKinds)
            SendKinds();
        Tell(
            _report with
            {
                State = NodeState.Up,
                Pid = join.Pid,
                Machine = join.Machine,
                Workers = join.Workers,
                Version = join.Version,
                Since = _time.GetUtcNow(),
            }
        );
    }

    private void Refuse(string reason) => Sender.Tell(new Parcel(0, 0, new Gate.Refused(reason)));

    private void BeGone()
    {
        Tell(_report with { State = NodeState.Gone, Since = _time.GetUtcNow() });
        Timers.StartSingleTimer(ForgetTimer, new Forget(), Remembered);
    }

    private void OnLeave(Keeper.Leave leave)
    {
        _isRetired = true;
        _session!.Tell(new Keeper.Retire(leave.Now));
        _log.Info(
            Event.NodeRetired,
            "{Name}: {How}",
            Name,
            leave.Now ? "its pieces go back at once" : "it leaves when what it runs has ended"
        );
        if (leave.Now)
            OnStop(SentAway);
        else
            Tell(_report with { State = NodeState.Draining, Since = _time.GetUtcNow() });
    }

    private void OnStop(string reason)
    {
        Timers.CancelAll();
        if (_session is { } session)
        {
            EndSession(reason, crashed: false);
            session.Tell(new Keeper.Dismissed(reason));
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

    private static void EndRevoked() => DoorSetup.Of(Context.System)?.EndRevoked();

    private sealed record LastWordSaid : ILocalMessage;

    private sealed record Forget : ILocalMessage;

    private sealed record LeaseEnded : ILocalMessage;
}
