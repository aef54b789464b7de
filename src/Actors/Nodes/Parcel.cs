namespace Mailroom.Nodes;

/// <summary>
/// The only thing that travels between host and node: what goes on inside either is wrapped in one, and only who stands at
/// the door unwraps it. A message from outside is thus never one that an actor inside could take.
/// </summary>
/// <param name="Session">between one node and the host; 0 before the node has joined</param>
/// <param name="Worker">the number of the node's worker that it is from or for, from 1; 0 for the node itself</param>
/// <param name="Message">one of the wire's closed list</param>
public sealed record Parcel(long Session, int Worker, object Message)
{
    /// <summary>What a parcel holds whose message could not be read.</summary>
    public sealed record Unreadable(string Reason) : ILocalMessage;

    /// <summary>What a message is called, for people.</summary>
    internal static string NameOf(object message) =>
        message is Unreadable unreadable ? $"what can't be read ({unreadable.Reason})" : message.GetType().Name;
}
