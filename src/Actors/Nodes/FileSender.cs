using Akka.Actor;

namespace Mailroom.Nodes;

/// <summary>
/// Gives a node of another machine the files that go along with jobs, as long as its session lasts: tells it what there is, hands it the
/// parts that it asks for, and tells the pool when it has them all.
/// </summary>
internal static class FileSender
{
    /// <summary>To the keeper: this is for its node.</summary>
    public sealed record Say(object Message) : ILocalMessage;

    /// <param name="Session">of the node</param>
    /// <param name="PartBytes">bytes of a part</param>
    public sealed record Settings(string Node, long Session, int PartBytes);

    public static Props Props(Settings settings, IActorRef pool) =>
        Akka.Actor.Props.Create(() => new FileSenderActor(settings, pool)).WithDispatcher("mailroom.dispatchers.files");
}
