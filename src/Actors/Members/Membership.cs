using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Door;

namespace Mailroom.Members;

/// <summary>
/// Lets nodes of other machines become members of this host: by an invitation they get a certificate of their own, which is renewed as long
/// as they come, and can be taken away.
/// </summary>
public static class Membership
{
    /// <summary>Shortest and longest life of an invitation.</summary>
    public static readonly (TimeSpan Least, TimeSpan Most) Ttl = (TimeSpan.FromSeconds(1), TimeSpan.FromDays(7));

    /// <summary>From a host that stays, which those who are invited can find again: invitations of an earlier one count.</summary>
    public sealed record Serve : ILocalMessage;

    /// <summary>From the user: invite a node; answered by <see cref="Invited"/> or <see cref="Refused"/>.</summary>
    /// <param name="Name">null: any that is free</param>
    public sealed record Invite(string? Name, TimeSpan Ttl) : ILocalMessage;

    /// <summary>The one time that the secret is told.</summary>
    public sealed record Invited(string Name, DateTimeOffset Until, Invitation Invitation) : ILocalMessage;

    /// <summary>From the user; answered by <see cref="Listed"/>.</summary>
    public sealed record List : ILocalMessage;

    /// <param name="Invitations">those that are open</param>
    /// <param name="IsFound">members find this host: it stays, and does not end with its command</param>
    public sealed record Listed(ImmutableArray<OpenInvitation> Invitations, ImmutableArray<Member> Members, bool IsFound) : ILocalMessage;

    /// <summary>From a keeper: a node has joined, or come again. What it is by is remembered, if it is a member.</summary>
    /// <param name="Shown">the serial number of its certificate</param>
    public sealed record Joined(string Name, ImmutableArray<string> Labels, string? Shown) : ILocalMessage;

    /// <summary>
    /// From the user: change the authority for a new one, or end that; answered by <see cref="Rotating"/> or <see cref="Refused"/>.
    /// </summary>
    /// <param name="Finish">the one before is to be believed no more</param>
    public sealed record Rotate(bool Finish) : ILocalMessage;

    /// <param name="Authority">the hash of its key</param>
    /// <param name="Before">of the one before, while that is believed too</param>
    /// <param name="Moved">the members that know the new one</param>
    /// <param name="Left">those that do not yet</param>
    public sealed record Rotating(string Authority, string? Before, ImmutableArray<string> Moved, ImmutableArray<string> Left)
        : ILocalMessage;

    /// <summary>
    /// Published to the EventStream, and told to the keeper of a single node: who has its certificate from before is to get its next one
    /// now.
    /// </summary>
    public sealed record Outdated : ILocalMessage
    {
        public static Outdated Now { get; } = new();
    }

    /// <summary>From the user: take a name's invitation and certificates away; answered by <see cref="Revoked"/> or <see cref="Unknown"/>.
    /// </summary>
    public sealed record Revoke(string Name) : ILocalMessage;

    /// <summary>Published to the EventStream too: certificates of this name are taken no longer.</summary>
    public sealed record Revoked(string Name) : ILocalMessage;

    /// <summary>There is no such name, but these.</summary>
    public sealed record Unknown(ImmutableArray<string> Names) : ILocalMessage;

    /// <summary>From whoever was invited; answered by <see cref="Granted"/> or <see cref="Refused"/>.</summary>
    /// <param name="Request">see <see cref="Authority.Certify"/></param>
    public sealed record Redeem(string Secret, ImmutableArray<byte> Request) : ILocalMessage;

    /// <summary>From a member, whose name its keeper vouches for: it wants its next certificate; answered likewise.</summary>
    /// <param name="Shown">the serial number of the certificate that its connection showed</param>
    public sealed record Renew(string Name, string? Shown, ImmutableArray<byte> Request) : ILocalMessage;

    /// <param name="Certificate">PEM</param>
    /// <param name="Authority">PEM</param>
    public sealed record Granted(string Name, string Certificate, string Authority) : ILocalMessage;

    public sealed record Refused(string Reason) : ILocalMessage;

    /// <param name="Authority">null where there are no certificates</param>
    /// <param name="Revocations">what the door asks</param>
    /// <param name="Book">see <see cref="Open"/></param>
    /// <param name="Life">how long a certificate is valid</param>
    public sealed record Parts(HostAuthority? Authority, Revocations Revocations, IJoinServer Server, MemberStore Book, TimeSpan Life);

    /// <summary>Opens the book of a state folder; what was revoked before stays so.</summary>
    /// <exception cref="Input.UserError">it can't be read</exception>
    public static MemberStore Open(string folder, Revocations revocations)
    {
        var store = new MemberStore(StateFolder.At(folder).Members);
        revocations.Add(store.Book.Revoked.Select(certificate => certificate.Serial));
        return store;
    }

    public static Props Props(Parts parts, TimeProvider time) => Akka.Actor.Props.Create(() => new MembershipActor(parts, time));
}
