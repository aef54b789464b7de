using Akka.Actor;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>
/// What stands in the host for one worker of a node: the pool takes it for the worker itself. It keeps book of what that worker holds, and
/// lets through only what can be true.
/// </summary>
internal static class Link
{
    /// <summary>To the keeper: the node told what can't be true.</summary>
    public sealed record Lie(long Session, string What) : ILocalMessage;

    /// <summary>From the keeper, behind all that the node told: the session is over. It tells the pool, and ends.</summary>
    public sealed record End(string Reason, bool Crashed) : ILocalMessage;

    /// <param name="Site">the node</param>
    /// <param name="Session">see <see cref="Parcel"/></param>
    /// <param name="Worker">the worker's number, from 1</param>
    /// <param name="MaxPart">most bytes of a part of a result</param>
    /// <param name="MaxResult">most bytes of a result</param>
    /// <param name="Parts">what the parts of results may hold of all workers of the node together</param>
    public sealed record Settings(Site Site, long Session, int Worker, int MaxPart, int MaxResult, PartBudget Parts)
    {
        /// <summary>Its name.</summary>
        public string Node => Site.Node;

        /// <summary>Where results are read by the codecs of users' own kinds.</summary>
        public ICodeRunner Code { get; init; } = CodeThreads.Shared;
    }

    /// <param name="agent">the node's own actor</param>
    public static Props Props(Settings settings, IActorRef agent, IActorRef pool, TimeProvider time) =>
        // It decodes results.
        Akka.Actor.Props.Create(() => new LinkActor(settings, agent, pool, time)).WithDispatcher("mailroom.dispatchers.links");
}

/// <summary>How many bytes of results that are still in parts the host holds for one node. Shared by its links.</summary>
internal sealed class PartBudget(int maxResult)
{
    // Several may be on their way at once, if not many.
    private const int ResultsAtOnce = 4;

    private long _bytes;

    /// <returns>whether there is room for so many more</returns>
    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= (long)ResultsAtOnce * maxResult)
            return true;
        Give(bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _bytes, -bytes);
}
