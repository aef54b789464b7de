using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Akka.Actor;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>
/// Where nodes join: the one actor of the host that every node can address. Each node has a keeper as its child, which only that node can
/// address.
/// </summary>
public static class Gate
{
    /// <summary>Labels of one node.</summary>
    public const int MaxLabels = 16;

    /// <summary>
    /// From a node: let me in; answered by <see cref="Welcome"/> or <see cref="Refused"/>. Its name is that of its certificate.
    /// </summary>
    /// <param name="NodeId">new for each process and each time it joins</param>
    /// <param name="Kinds">the kinds that the node has from users' own assemblies</param>
    /// <param name="Protocol">see <see cref="Door.Protocol"/></param>
    /// <param name="Labels">what it says of itself, for jobs that wish for that; null for nothing</param>
    /// <param name="TrustsKinds">it takes the host's own kinds, and runs them</param>
    public sealed record Join(
        Guid NodeId,
        int Pid,
        string Machine,
        string Version,
        int Workers,
        ImmutableArray<OwnKind> Kinds,
        int Protocol = Door.Protocol.Current,
        int LeastProtocol = Door.Protocol.Least,
        IReadOnlyList<string>? Labels = null,
        bool TrustsKinds = false
    ) : ILocalMessage;

    /// <param name="Version">see <see cref="Catalogue.VersionOf"/></param>
    public sealed record OwnKind(string Name, string Version);

    /// <summary>To a node, from its keeper: you are in. Its session is the one of the <see cref="Parcel"/> that brings it.</summary>
    /// <param name="Protocol">what the two speak, see <see cref="Door.Protocol"/></param>
    /// <param name="BringsKinds">the host's own kinds follow, by <see cref="Keeper.TakeFiles"/>: nothing runs before they are there</param>
    public sealed record Welcome(TimeSpan Heartbeat, TimeSpan Lease, int Protocol = Door.Protocol.Current, bool BringsKinds = false)
        : ILocalMessage;

    /// <summary>To a node: stay out.</summary>
    public sealed record Refused(string Reason) : ILocalMessage;

    /// <summary>Start the host's own nodes; without a count as many as the settings say.</summary>
    public sealed record Start(int? Count) : ILocalMessage;

    /// <summary>Start so many own nodes more; answered by <see cref="Listed"/>, with these starting.</summary>
    public sealed record Add(int Count) : ILocalMessage;

    /// <summary>Let this node leave and not come back; answered by <see cref="Retired"/> or <see cref="Unknown"/>.</summary>
    /// <param name="Now">what it runs goes back to the queue at once, instead of ending there</param>
    public sealed record Retire(string Name, bool Now) : ILocalMessage;

    public sealed record Retired(string Name) : ILocalMessage;

    /// <summary>There is no such node, but these.</summary>
    public sealed record Unknown(ImmutableArray<string> Names) : ILocalMessage;

    /// <summary>Answered by <see cref="Listed"/>.</summary>
    public sealed record List : ILocalMessage;

    public sealed record Listed(ImmutableArray<NodeReport> Nodes) : ILocalMessage;

    /// <summary>Published to the EventStream: a node as it stands now.</summary>
    public sealed record Changed(NodeReport Node) : ILocalMessage;

    /// <summary>Published likewise: a node that is not listed any more.</summary>
    public sealed record Forgotten(string Name) : ILocalMessage;

    /// <summary>Can a job run there? Answered by <see cref="Found"/> or <see cref="NotFound"/>.</summary>
    /// <param name="Members">nodes that may come, whether or not they are there</param>
    public sealed record Find(Placement Where, ImmutableArray<Site> Members) : ILocalMessage;

    public sealed record Found : ILocalMessage;

    /// <param name="Reason">what there is instead</param>
    public sealed record NotFound(string Reason) : ILocalMessage;

    /// <summary>Bring what is new in this node's log; answered when that is done, or can't be.</summary>
    public sealed record FetchLogs(string Name) : ILocalMessage;

    /// <summary>End the own nodes and dismiss the others; answered by <see cref="Stopped"/>.</summary>
    public sealed record Stop : ILocalMessage;

    public sealed record Stopped : ILocalMessage;

    /// <param name="Nodes">own nodes where nobody says how many</param>
    /// <param name="Heartbeat">how often a node renews its lease</param>
    /// <param name="Lease">a node that didn't renew for so long is lost</param>
    /// <param name="StartTimeout">a process that didn't join for so long is ended and started again</param>
    /// <param name="MinBackoff">wait before the first restart; it doubles with each one</param>
    /// <param name="MaxBackoff">upper bound of that wait; a node that lived longer than this starts from the first wait again</param>
    /// <param name="MaxRestarts">so many restarts within <paramref name="RestartWindow"/> and the node is given up</param>
    /// <param name="StopTimeout">a process that was told to stop is ended after this time</param>
    /// <param name="MaxPart">most bytes of a part of a result</param>
    /// <param name="MaxResult">most bytes of a result</param>
    /// <param name="MaxMemory">an own node that has more bytes is started anew; 0: no limit</param>
    /// <param name="MaxPieces">the same of one that has run so many pieces</param>
    /// <param name="Labels">of the own nodes</param>
    public sealed record Settings(
        string Version,
        int Nodes,
        TimeSpan Heartbeat,
        TimeSpan Lease,
        TimeSpan StartTimeout,
        TimeSpan MinBackoff,
        TimeSpan MaxBackoff,
        int MaxRestarts,
        TimeSpan RestartWindow,
        TimeSpan StopTimeout,
        int MaxPart,
        int MaxResult,
        long MaxMemory,
        long MaxPieces,
        IReadOnlyList<string> Labels
    )
    {
        /// <summary>Where copies of far nodes' logs are kept, or null for nowhere.</summary>
        public string? Logs { get; init; }
    }

    /// <param name="catalogue">the host's kinds, which those of the nodes must be like</param>
    /// <param name="members">who renews the certificates of nodes on other machines, see <see cref="Members.Membership"/></param>
    public static Props Props(
        Settings settings,
        Catalogue catalogue,
        IActorRef pool,
        INodeLauncher launcher,
        IActorRef members,
        TimeProvider time
    ) => Akka.Actor.Props.Create(() => new GateActor(settings, catalogue, pool, launcher, members, time));
}

public enum NodeState
{
    /// <summary>Its process was started and has not joined yet.</summary>
    Starting,

    Up,

    /// <summary>It leaves when what it runs has ended.</summary>
    Draining,

    /// <summary>Its connection broke; its lease still runs.</summary>
    Suspect,

    /// <summary>It ended and waits for its restart.</summary>
    Waiting,

    /// <summary>It ended too often and is not started again.</summary>
    GivenUp,

    /// <summary>It left, or was lost and is not ours to restart.</summary>
    Gone,
}

/// <summary>A node as <c>mailroom nodes</c> shows it.</summary>
/// <param name="Own">started by the host, as against by hand</param>
/// <param name="Since">when it came into this state</param>
/// <param name="Restarts">restarts since the host began</param>
/// <param name="Reason">why it last ended, or null</param>
/// <param name="EndedAt">when it last ended, or null</param>
public sealed record NodeReport(
    string Name,
    NodeState State,
    bool Own,
    int? Pid,
    string? Machine,
    int Workers,
    DateTimeOffset Since,
    int Restarts,
    string? Reason,
    DateTimeOffset? EndedAt = null
)
{
    /// <summary>Its working set as of its last heartbeat, or null where it has not told yet.</summary>
    public long? MemoryBytes
    {
        get => Usage?.MemoryBytes ?? field;
        init;
    }

    /// <summary>Processor seconds that it has used, likewise.</summary>
    public double? CpuSeconds
    {
        get => Usage?.CpuSeconds ?? field;
        init;
    }

    /// <summary>Where it connects from, an address without a port; null where it has not come yet.</summary>
    public string? Address { get; init; }

    /// <summary>Its Mailroom's, likewise.</summary>
    public string? Version { get; init; }

    /// <summary>What it says of itself, for jobs that wish for that.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Whether it is on the host's own machine.</summary>
    [JsonIgnore]
    public bool IsHere { get; init; } = true;

    internal Site Site => new(Name, Labels, IsHere);

    /// <summary>As of its last heartbeat.</summary>
    [JsonIgnore]
    public Usage? Usage { get; init; }

    /// <summary>The same of its actors.</summary>
    [JsonIgnore]
    public ImmutableArray<ActorReport> Actors { get; init; } = [];
}
