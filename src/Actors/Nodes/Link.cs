using Akka.Actor;

namespace Mailroom.Nodes;

/// <summary>What stands in the host for one worker of a node: the pool takes it for the worker itself. It keeps book of what that worker holds, and lets through only what can be true.</summary>
internal static class Link
{
    /// <summary>To the keeper: the node told what can't be true.</summary>
    public sealed record Lie(string What) : Pools.ILocalMessage;

    /// <summary>From the keeper, behind all that the node told: the session is over. It tells the pool, and ends.</summary>
    public sealed record End(string Reason, bool Crashed) : Pools.ILocalMessage;

    /// <param name="Node">the node's name</param>
    /// <param name="Session">see <see cref="Parcel"/></param>
    /// <param name="Worker">the worker's number, from 1</param>
    /// <param name="MaxPart">most bytes of a part of a result</param>
    /// <param name="MaxResult">most bytes of a result</param>
    public sealed record Settings(string Node, long Session, int Worker, int MaxPart, int MaxResult);

    /// <param name="agent">the node's own actor</param>
    public static Props Props(Settings settings, IActorRef agent, IActorRef pool, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new LinkActor(settings, agent, pool, time)).WithDispatcher("mailroom.dispatchers.links"); // it decodes results with the kinds' own codecs
}
