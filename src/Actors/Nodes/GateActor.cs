using Akka.Actor;
using Akka.Event;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Members;
using Mailroom.Pools;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <inheritdoc cref="Gate"/>
internal sealed partial class GateActor : ReceiveActor
{
    // Enough for every node that one host can feed.
    private const int MaxNodes = 256;

    // What mailroom.nodes.workers allows.
    private const int MaxWorkers = 256;

    // Names of which it is remembered when they last joined.
    private const int MaxNames = 1_000;

    private const string IsRevoked = "its certificate was revoked";

    private static readonly TimeSpan SessionEvery = TimeSpan.FromSeconds(0.5);

    private readonly Gate.Settings _settings;
    private readonly Catalogue _catalogue;
    private readonly IActorRef _pool;
    private readonly INodeLauncher _launcher;
    private readonly IActorRef _members;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly SortedDictionary<string, Seat> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _letIn = new(StringComparer.Ordinal);
    private readonly List<IActorRef> _stoppers = [];
    private readonly Refusals _refusals;
    private readonly SentFiles? _kinds;
    private int _own;

    // Own nodes that the user retired: they don't come back with the next job.
    private int _retired;

    public GateActor(
        Gate.Settings settings,
        Catalogue catalogue,
        IActorRef pool,
        INodeLauncher launcher,
        IActorRef members,
        TimeProvider time
    )
    {
        (_settings, _catalogue, _pool, _launcher, _members, _time) = (settings, catalogue, pool, launcher, members, time);
        _kinds = SentFiles.Of(catalogue);
        var log = _log;
        _refusals = new Refusals(
            (name, count, reason) => log.Warning(Event.NodeRefused, "{Name}, {Count} times: {Reason}", name, count, reason),
            Context.System.Scheduler
        );
        Receive<Parcel>(OnParcel);
        Receive<Gate.Start>(start => StartOwn(start.Count ?? _settings.Nodes));
        Receive<Pool.WorkersNeeded>(OnWorkersNeeded);
        Receive<Pool.FilesNeeded>(needed => ToKeeper(needed.Node, needed));
        Receive<Pool.FilesDone>(done => ToKeeper(done.Node, done));
        Receive<Gate.List>(_ => Sender.Tell(Listed()));
        Receive<Gate.Add>(OnAdd);
        Receive<Gate.Find>(OnFind);
        Receive<Gate.FetchLogs>(OnFetchLogs);
        Receive<Gate.Retire>(OnRetire);
        Receive<Keeper.Changed>(OnChanged);
        Receive<Membership.Renew>(renew => _members.Forward(renew));
        Receive<Membership.Joined>(joined => _members.Forward(joined));
        Receive<Membership.Revoked>(OnRevoked);
        Receive<Membership.Outdated>(OnOutdated);
        Receive<Gate.Stop>(OnStop);
        Receive<Terminated>(OnKeeperEnded);
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(Membership.Revoked));
        Context.System.EventStream.Subscribe(Self, typeof(Membership.Outdated));
        _pool.Tell(new Pool.Supply());
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    /// <summary>A keeper that breaks has lost track of its node: it is made anew and takes its node in again when that joins.</summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(error =>
        {
            _log.Error(error, Event.KeeperBroke, "{Name}: {Reason}", Sender.Path.Name, error.Message);
            return Directive.Stop;
        });

    private void OnParcel(Parcel parcel)
    {
        if (Doors.NodeOf(Sender) is not { } name)
            return;
        DoorSetup.Of(Context.System)?.Handled(name);
        if (parcel.Message is not Gate.Join join)
            _refusals.Count(name, $"it sent {Parcel.NameOf(parcel.Message)} where nodes join");
        else if (_stoppers.Count > 0 || IsTooSoon(name))
            return; // it will knock again, and the next host will hear it
        else if (Refusal(name, join) is { } reason)
        {
            _refusals.Count(name, reason);
            Sender.Tell(new Parcel(0, 0, new Gate.Refused(reason)));
        }
        else
            LetIn(name, join);
    }

    // Each session makes links, log lines and a place in the pool: so they follow each other not too fast.
    private bool IsTooSoon(string name) => _letIn.TryGetValue(name, out var last) && _time.GetElapsedTime(last) < SessionEvery;

    private void LetIn(string name, Gate.Join join)
    {
        var seat = SeatOf(name, own: false);
        if (_letIn.Count > MaxNames)
            _letIn.Clear();
        _letIn[name] = _time.GetTimestamp();
        if (!seat.Own)
            seat.IsRetired = false; // whoever started it again wants it here
        seat.Keeper.Forward(join);
    }

    private string? Refusal(string name, Gate.Join join)
    {
        if (DoorSetup.Of(Context.System)?.IsRevoked(name) == true)
            return IsRevoked;
        if (name == Doors.HostName)
            return $"{name} is what the host itself is called in logs and lists; choose another name with --name";
        if (!Protocol.IsAlike(join.Version, _settings.Version))
            return $"it has version {Visible.Text(join.Version)}, the host has {_settings.Version}; the first two numbers must be the same";
        if (Protocol.Common(join.LeastProtocol, join.Protocol) == 0)
            return $"it speaks protocols {join.LeastProtocol} to {join.Protocol} (version {Visible.Text(join.Version)}), the host "
                + $"{Protocol.Least} to {Protocol.Current} (version {_settings.Version})";
        if (join.Workers is < 1 or > MaxWorkers)
            return $"it has {join.Workers} workers, but may have 1 to {MaxWorkers}";
        // The host's own were given its kinds; if a file has changed since, they leave its kinds to others, and run the rest.
        if (
            !IsOwn(name)
            && join.Kinds.FirstOrDefault(kind => _catalogue.Knows(kind.Name) && _catalogue.VersionOf(kind.Name) != kind.Version)
                is { } other
        )
            return $"it has another {Visible.Text(other.Name)}: {Catalogue.Named(other.Version)}, but the host has "
                + $"{Catalogue.Named(_catalogue.VersionOf(other.Name))}; both need the same assembly";
        if (join.Labels is { } labels && (labels.Count > Gate.MaxLabels || !labels.All(Doors.IsName)))
            return $"it has {Quantity.Of(labels.Count, "label")}, or odd ones, but it may have {Gate.MaxLabels}, words of letters, digits, "
                + "'.', '_' and '-'";
        return !_nodes.ContainsKey(name) && _nodes.Count >= MaxNodes ? $"the host has {MaxNodes} nodes already" : null;
    }

    private bool IsOwn(string name) => _nodes.TryGetValue(name, out var seat) && seat.Own;

    /// <summary>
    /// Starts own nodes until there are so many; those that are there already count, those that were given up get another chance.
    /// </summary>
    private void StartOwn(int count)
    {
        foreach (var seat in _nodes.Values.Where(seat => seat.Report.State == NodeState.GivenUp))
        {
            seat.Keeper.Tell(new Keeper.Launch());
            Note(seat, seat.Report with { State = NodeState.Starting, Since = _time.GetUtcNow() });
        }
        for (; _own < count && _stoppers.Count == 0 && _nodes.Count < MaxNodes; _own++)
            SeatOf(FreeNames.First(), own: true).Keeper.Tell(new Keeper.Launch());
    }

    private void OnWorkersNeeded(Pool.WorkersNeeded needed)
    {
        // Where nodes are named, whatever its number the right one is to be among them.
        var isNamed = needed.Where?.Nodes.Count > 0;
        if (!isNamed || OwnSites.Any(needed.Where!.Allows))
            StartOwn(Math.Max(0, (isNamed ? _settings.Nodes : needed.Count ?? _settings.Nodes) - _retired));
        TellIfOutOfNodes();
    }

    private void ToKeeper(string node, object message)
    {
        if (_nodes.TryGetValue(node, out var seat))
            seat.Keeper.Tell(message);
    }

    private Gate.Listed Listed() => new([.. _nodes.Values.Select(seat => seat.Report)]);

    private void OnRevoked(Membership.Revoked revoked)
    {
        var door = DoorSetup.Of(Context.System);
        if (_nodes.TryGetValue(revoked.Name, out var seat) && !seat.Own)
            seat.Keeper.Tell(new Keeper.Expel(IsRevoked)); // it says a last word before its connection ends
        else
            door?.EndRevoked();
    }

    private Seat SeatOf(string name, bool own)
    {
        if (!_nodes.TryGetValue(name, out var seat))
        {
            var report = new NodeReport(name, NodeState.Starting, own, null, null, 0, _time.GetUtcNow(), 0, null)
            {
                Labels = own ? _settings.Labels : [],
            };
            var keeper = Context.ActorOf(Keeper.Props(_settings, report, _pool, _launcher, _time, _kinds), name);
            _nodes[name] = seat = new Seat(Context.Watch(keeper), report);
            Note(seat, report);
        }
        return seat;
    }

    private void OnChanged(Keeper.Changed changed)
    {
        if (!_nodes.TryGetValue(changed.Node.Name, out var seat))
            return;
        Note(seat, changed.Node);
        TellIfOutOfNodes();
        _status.State = $"{_nodes.Values.Count(node => node.Report.State == NodeState.Up)} of {_nodes.Count} up";
    }

    private static void Note(Seat seat, NodeReport report)
    {
        seat.Report = report;
        Publish(new Gate.Changed(report));
    }

    private static void Publish(object message) => Context.System.EventStream.Publish(message);

    private void TellIfOutOfNodes()
    {
        if (_stoppers.Count > 0)
            return;
        var over = _nodes.Values.Select(seat => seat.Report).Where(report => report.State is NodeState.GivenUp or NodeState.Gone).ToList();
        if (over.LastOrDefault(report => report.State == NodeState.GivenUp) is { } last && over.Count(report => report.Own) == _own)
        {
            var others = over.Count == _nodes.Count ? "all other nodes" : "all others of the host's own";
            _pool.Tell(new Pool.OutOfWorkers($"{last.Name} and {others} are given up, the last: {last.Reason}", [.. OwnSites]));
        }
        else if (over.Count == _nodes.Count)
            _pool.Tell(new Pool.WorkersAway("no node is left to run it; 'mailroom nodes add' starts one"));
    }

    private void OnStop(Gate.Stop _)
    {
        _stoppers.Add(Sender);
        foreach (var seat in _nodes.Values)
            seat.Keeper.Tell(new Keeper.Stop());
        TellIfStopped();
    }

    private void OnKeeperEnded(Terminated ended)
    {
        if (_nodes.Remove(ended.ActorRef.Path.Name, out var seat))
        {
            Note(seat, seat.Report with { State = NodeState.Gone, Since = _time.GetUtcNow() });
            Publish(new Gate.Forgotten(seat.Report.Name));
            _own -= seat.Own ? 1 : 0;
        }
        TellIfOutOfNodes();
        TellIfStopped();
    }

    private void TellIfStopped()
    {
        if (_nodes.Count > 0)
            return;
        foreach (var stopper in _stoppers)
            stopper.Tell(new Gate.Stopped());
    }

    private sealed class Seat(IActorRef keeper, NodeReport report)
    {
        public IActorRef Keeper => keeper;

        public bool Own => Report.Own;

        public bool IsRetired { get; set; }

        public NodeReport Report { get; set; } = report;
    }
}
