using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Pools;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <inheritdoc cref="Node"/>
internal sealed partial class NodeActor : ReceiveActor, IWithTimers
{
    private const string JoinTimer = "join";
    private const string RenewTimer = "renew";

    // The node stops its pieces when so much of the lease is over: before the host gives them to another.
    private const double Fence = 0.7;

    // So many workers left behind by sessions that are over, whose pieces have not ended though they were told to, and the process ends.
    private const int MaxLeftBehind = 8;

    // A host that is there answers sooner.
    private static readonly TimeSpan Deaf = TimeSpan.FromSeconds(10);

    // A host that could not write down the certificate that it made may do so later.
    private static readonly TimeSpan CertifyEvery = TimeSpan.FromMinutes(1);

    // How long it waits for its host to end it before it ends by itself.
    private static readonly TimeSpan StuckPatience = TimeSpan.FromSeconds(5);

    private readonly Node.Settings _settings;
    private readonly Catalogue _catalogue;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly TaskCompletionSource<Node.End> _end;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly RoundTrips _roundTrips;
    private readonly IActorRef _gate;
    private readonly HashSet<IActorRef> _working = [];
    private readonly HashSet<IActorRef> _abandoned = [];
    private Guid _nodeId;
    private Gate.Welcome? _lease;
    private long _session;
    private IActorRef _keeper = ActorRefs.Nobody;

    // Of this session, by their number from 1.
    private IActorRef[] _workers = [];
    private long _renewed;
    private long? _askedToCertify;
    private int _generation;
    private bool _saidWaiting;
    private string? _closedFor;
    private bool _isDraining;
    private bool _isKeeping;

    // It has its certificate from an authority that is to be believed no more.
    private bool _isOutdated;

    public NodeActor(Node.Settings settings, Catalogue catalogue, TimeProvider time, Action<string> say, TaskCompletionSource<Node.End> end)
    {
        (_settings, _catalogue, _time, _say, _end) = (settings, catalogue, time, say, end);
        _roundTrips = new RoundTrips(time);
        // The only actor of another process whose place is known beforehand.
        _gate = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(Doors.Host + Doors.Gate);
        Joining();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(DoorClosed));
        Knock();
    }

    /// <summary>A worker that breaks is restarted and asks anew; one that breaks 10 times in 60 s is stopped.</summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(
            10,
            TimeSpan.FromSeconds(60),
            error =>
            {
                _log.Error(error, Event.WorkerBroke, "{Worker}: {Reason}", Sender.Path.Name, error.Message);
                if (!Sender.Equals(_files))
                    return Directive.Restart;
                Self.Tell(new FilesBroke());
                return Directive.Stop;
            }
        );

    /// <summary>Outside: knocks until the host lets it in.</summary>
    private void Joining()
    {
        _status.State = "joining";
        Receive<KnockAgain>(_ => Join());
        Receive<ThisActorSystemQuarantinedEvent>(_ => StartAnew("the host shut it out"));
        Receive<Parcel>(OnAnswer);
        Receive<CertificateKept>(OnCertificateKept);
        Receive<DoorClosed>(OnDoorClosed);
        Receive<Node.Drain>(_ => Finish(ExitCode.Done, $"{_settings.Name} ends without having joined"));
        Receive<Terminated>(gone => _abandoned.Remove(gone.ActorRef));
        ReceiveAny(_ => { }); // late answers of a session that is over
    }

    /// <summary>Inside: renews its lease, while its workers deal with the pool themselves.</summary>
    private void Joined()
    {
        _status.State = "joined";
        Receive<Heartbeat>(_ => Renew());
        Receive<Parcel>(parcel => OnParcel(parcel, OnDismissed));
        Receive<CertificateKept>(OnCertificateKept);
        Receive<Pool.IFromWorker>(Forward);
        Receive<Keeper.WantFile>(AskForFile);
        Receive<Keeper.HaveFiles>(OnHaveFiles);
        Receive<FileReceiver.KindsTaken>(OnKindsTaken);
        Receive<KindsLoaded>(OnKindsLoaded);
        Receive<FilesBroke>(_ => Rejoin("what takes the files of its jobs broke; its log tells more"));
        Receive<ThisActorSystemQuarantinedEvent>(_ => StartAnew("the host shut it out"));
        Receive<DoorClosed>(_ => { });
        Receive<Node.Drain>(_ => OnDrain());
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
        Receive<CertificateKept>(OnCertificateKept);
        Receive<Parcel>(parcel => OnParcel(parcel, _ => Finish(ExitCode.Done, $"{_settings.Name} was dismissed while it left")));
        Receive<Pool.IFromWorker>(Forward);
        Receive<Keeper.WantFile>(_ => { }); // nothing more of their jobs will be leased to it
        Receive<Keeper.HaveFiles>(_ => { });
        Receive<FileReceiver.KindsTaken>(_ => { });
        Receive<KindsLoaded>(_ => { });
        Receive<FilesBroke>(_ => { });
        Receive<Node.Drain>(_ => OnDrain()); // it had all the time in the world, and has it no longer
        Receive<Worker.Drained>(_ => OnWorkerDone(Sender));
        Receive<Terminated>(gone => OnWorkerDone(gone.ActorRef));
        Receive<ThisActorSystemQuarantinedEvent>(_ => Finish(ExitCode.Done, $"{_settings.Name} was shut out while it left"));
        Receive<DoorClosed>(_ => { });
        Receive<Worker.Stuck>(OnStuck);
        Receive<EndStuck>(OnEndStuck);
        Receive<DrainOver>(_ => Leave($"{_settings.Name} left with pieces still running after {Quantity.Text(_settings.DrainTimeout)}"));
    }

    /// <summary>From the host, for this node or one of its workers.</summary>
    private void OnParcel(Parcel parcel, Action<Keeper.Dismissed> onDismissed)
    {
        if (parcel.Session != _session)
            return;
        switch (parcel.Message)
        {
            case Keeper.Renewed:
                _renewed = _time.GetTimestamp();
                _roundTrips.Answer();
                break;
            case Keeper.Dismissed dismissed:
                onDismissed(dismissed);
                break;
            case Keeper.Retire retire:
                OnRetire(retire);
                break;
            case Keeper.Recertify:
                (_isOutdated, _askedToCertify) = (true, null);
                AskForCertificate();
                break;
            case Keeper.Certified certified:
                OnCertified(certified);
                break;
            case Keeper.TellLogs tell:
                OnTellLogs(tell);
                break;
            case Keeper.TakeFiles { Job: SentFiles.OfKinds } take:
                OnTakeKinds(take);
                break;
            case Keeper.DropFiles { Job: SentFiles.OfKinds } drop:
                _files.Tell(drop);
                BeginWithout("its host can't send its kinds");
                break;
            case Keeper.TakeFiles or Keeper.FilePart or Keeper.DropFiles:
                _files.Tell(parcel.Message);
                break;
            case Worker.IFromPool message when parcel.Worker > 0 && parcel.Worker <= _workers.Length:
                _workers[parcel.Worker - 1].Tell(message);
                break;
            default:
                break;
        }
    }

    /// <summary>From one of its workers, for the pool; those of earlier sessions have nobody to talk to any more.</summary>
    private void Forward(Pool.IFromWorker message)
    {
        if (Array.IndexOf(_workers, Sender) is >= 0 and var index)
            _keeper.Tell(new Parcel(_session, index + 1, message));
    }

    private void ToKeeper(object message) => _keeper.Tell(new Parcel(_session, 0, message));

    private void OnWelcome(Gate.Welcome welcome)
    {
        Timers.Cancel(JoinTimer);
        _roundTrips.Forget();
        (_lease, _renewed, _saidWaiting, _closedFor) = (welcome, _time.GetTimestamp(), false, null);
        _generation++;
        BeginFiles();
        Timers.StartPeriodicTimer(RenewTimer, new Heartbeat(), welcome.Heartbeat);
        Become(Joined);
        _log.Info(Event.NodeWelcome, "session begins: workers {Workers}, lease {Lease} s", _settings.Workers, welcome.Lease.TotalSeconds);
        if (!welcome.BringsKinds)
            StartWorkers(_catalogue);
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
        {
            _roundTrips.Ask();
            ToKeeper(new Keeper.Renew(Usage.Now(_settings.Name), Roster.Of(Context.System).Report(_settings.Name), _roundTrips.Least));
            AskForCertificate();
        }
    }

    private void OnDismissed(Keeper.Dismissed dismissed) => Rejoin(Visible.Text(dismissed.Reason));

    /// <summary>Stops all pieces and knocks again with a new id: whatever the host still awaits of the old session is void.</summary>
    private void Rejoin(string reason)
    {
        _log.Warning(Event.NodeFenced, "{Reason}; its pieces are stopped and it joins anew", reason);
        _say($"{_settings.Name} lost the host: {reason}");
        Timers.Cancel(RenewTimer);
        foreach (var worker in _working)
            worker.Tell(new Worker.Abandon());
        _abandoned.UnionWith(_working);
        _working.Clear();
        EndFiles();
        (_workers, _session, _keeper) = ([], 0, ActorRefs.Nobody);
        if (_abandoned.Count > _settings.Workers + MaxLeftBehind)
        {
            Finish(
                ExitCode.JobFailed,
                $"{_settings.Name} ends: its sessions have left behind {MaxLeftBehind} threads whose pieces have not ended though "
                    + "they were told to"
            );
            return;
        }
        _lease = null;
        Become(Joining);
        Knock();
    }

    /// <param name="Wrong">why it could not be</param>
    private sealed record CertificateKept(bool IsNew, string? Wrong) : ILocalMessage;

    private sealed record KnockAgain : ILocalMessage;

    private sealed record Heartbeat : ILocalMessage;

    private sealed record DrainOver : ILocalMessage;

    private sealed record EndStuck(string Reason) : ILocalMessage;
}
