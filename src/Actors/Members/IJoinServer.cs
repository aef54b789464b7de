using Akka.Actor;

namespace Mailroom.Members;

/// <summary>
/// Where those who are invited get their certificate, which they can't show yet at the door for nodes; the host program knows how.
/// </summary>
public interface IJoinServer
{
    /// <summary>Begins to listen; whoever comes is told to <paramref name="members"/> by <see cref="Membership.Redeem"/>.</summary>
    /// <returns>where it can be reached, each HOST:PORT</returns>
    /// <exception cref="Input.UserError">it can't listen there</exception>
    Task<IReadOnlyList<string>> OpenAsync(IActorRef members);

    /// <summary>Listens no more; answers that are on their way arrive.</summary>
    Task CloseAsync();
}
