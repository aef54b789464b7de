using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Model;
using Mailroom.Nodes;

namespace Mailroom.Observe;

/// <summary>
/// Keeps the newest of each job and node, and hands on what has changed. Whoever watches asks again and again for what is newer than
/// it knows: so a slow one gets the newest state and never a backlog.
/// </summary>
public static class Feed
{
    /// <summary>
    /// What is newer than this? Answered by <see cref="Changes"/>, as soon as there is something, and after a second at the latest.
    /// </summary>
    /// <param name="After">the version that the watcher has; 0 for none</param>
    /// <param name="Job">the one job that is watched, or null for all that there is</param>
    public sealed record Next(long After, int? Job = null) : ILocalMessage;

    /// <summary>The newest of what has changed; nothing where nothing did.</summary>
    /// <param name="Version">what to ask with next</param>
    /// <param name="Actors">of the host; those of a node come with the node</param>
    public sealed record Changes(
        long Version,
        ImmutableArray<JobSummary> Jobs,
        ImmutableArray<NodeReport> Nodes,
        ImmutableArray<ActorReport> Actors
    ) : ILocalMessage
    {
        public bool IsEmpty => Jobs.IsEmpty && Nodes.IsEmpty && Actors.IsEmpty;
    }

    /// <summary>Starts it, listening already to those who are started after it.</summary>
    public static IActorRef Start(IActorContext context)
    {
        var feed = context.ActorOf(Props.Create(() => new FeedActor()), "feed");
        var stream = context.System.EventStream;
        stream.Subscribe<JobDesk.Changed>(feed);
        stream.Subscribe<JobDesk.Forgotten>(feed);
        stream.Subscribe<Gate.Changed>(feed);
        stream.Subscribe<Gate.Forgotten>(feed);
        return feed;
    }
}
