using System.Security.Cryptography;
using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>What a keeper has of a node from its join to its loss: its number, its other end, a link for each of its workers.</summary>
internal sealed class NodeSession
{
    private readonly IActorRef _node;
    private readonly IActorRef _pool;

    // Farther than that no network is; a node that says so wants more than it needs.
    private static readonly TimeSpan Farthest = TimeSpan.FromSeconds(2);

    private readonly IActorRef[] _links;

    private NodeSession(long number, Guid nodeId, IActorRef node, IActorRef pool, IActorRef[] links) =>
        (Number, NodeId, _node, _pool, _links) = (number, nodeId, node, pool, links);

    public long Number { get; }

    public Guid NodeId { get; }

    /// <summary>What the two speak, see <see cref="Door.Protocol"/>.</summary>
    public int Protocol { get; private init; }

    /// <summary>How long a word to it and back takes.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>Its connection broke, and it has not been heard of since.</summary>
    public bool IsSuspect { get; private set; }

    /// <summary>Pieces of which it has told the end.</summary>
    public long Ran { get; private set; }

    /// <summary>Begins one, with a link for each worker that the node said to have; no more are listened to.</summary>
    /// <param name="nth">which session of its keeper it is, from 1</param>
    public static NodeSession Begin(
        IActorContext keeper,
        Gate.Join join,
        Site site,
        int nth,
        Gate.Settings settings,
        IActorRef pool,
        TimeProvider time
    )
    {
        var number = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) | 1;
        var node = keeper.Sender;
        var parts = new PartBudget(settings.MaxResult);
        var links = Enumerable
            .Range(1, join.Workers)
            .Select(worker =>
                keeper.ActorOf(
                    Link.Props(new Link.Settings(site, number, worker, settings.MaxPart, settings.MaxResult, parts), node, pool, time),
                    nth == 1 ? $"worker-{worker}" : $"worker-{worker}.{nth}"
                )
            );
        return new NodeSession(number, join.NodeId, node, pool, [.. links])
        {
            Protocol = Door.Protocol.Common(join.LeastProtocol, join.Protocol),
        };
    }

    public void Tell(object message) => _node.Tell(new Parcel(Number, 0, message));

    /// <summary>The pool hears of it where it is another than before.</summary>
    public void Measure(TimeSpan roundTrip)
    {
        roundTrip =
            roundTrip < TimeSpan.Zero ? TimeSpan.Zero
            : roundTrip > Farthest ? Farthest
            : roundTrip;
        if ((roundTrip - RoundTrip).Duration() <= RoundTrip / 4)
            return;
        RoundTrip = roundTrip;
        _pool.Tell(new Pool.Distance(Number, roundTrip));
    }

    public bool IsAt(Address address) => _node.Path.Address.Equals(address);

    /// <summary>Gives a worker's message to its link, which counts it as handled.</summary>
    /// <returns>false when it is none of this session</returns>
    public bool Pass(Parcel parcel)
    {
        if (parcel.Session != Number || parcel.Message is not Pool.IFromWorker || parcel.Worker < 1 || parcel.Worker > _links.Length)
            return false;
        if (parcel.Message is Pool.Report report)
            Ran += report.Ends.Done.Count + report.Ends.Others.Count(outcome => outcome.How != How.HandedBack);
        _links[parcel.Worker - 1].Tell(parcel.Message);
        return true;
    }

    /// <summary>Its connection broke: nothing new is leased to it.</summary>
    public void Suspect()
    {
        IsSuspect = true;
        _pool.Tell(new Pool.Suspend(Number));
    }

    /// <summary>It is heard again. Messages may have been lost with the connection; the pool finds out which.</summary>
    public void Trust()
    {
        IsSuspect = false;
        _pool.Tell(new Pool.Recount(Number));
    }

    /// <summary>What its workers held goes back to the queue.</summary>
    public void End(string reason, bool crashed)
    {
        _pool.Tell(new Pool.End(Number)); // or the first one's pieces would be leased to the next one lost
        foreach (var link in _links)
            link.Tell(new Link.End(reason, crashed));
    }
}
