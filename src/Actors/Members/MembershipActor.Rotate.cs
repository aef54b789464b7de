using Akka.Actor;
using Akka.Event;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Logs;

namespace Mailroom.Members;

/// <remarks>One authority for another: members that are here move at once, others when they come, and the one before goes last.</remarks>
internal sealed partial class MembershipActor
{
    private void OnRotate(Membership.Rotate rotate)
    {
        if (HasNoMembers is { } reason)
        {
            Refuse(reason);
            return;
        }
        try
        {
            if (rotate.Finish ? TryFinish(_parts.Authority!) : TryBegin(_parts.Authority!))
                Sender.Tell(Standing(_parts.Authority!.Value));
        }
        catch (Exception error) when (error is UserError or IOException or UnauthorizedAccessException)
        {
            Refuse($"the authority can't be changed: {error.Message}");
        }
    }

    private bool TryBegin(HostAuthority authority)
    {
        if (authority.Value.BeforeHash is { } before)
        {
            // It is under way; but the book may have been restored from one that is older.
            if (Now().Members.All(member => member.Certificates.All(one => one.Believed is not null)))
                return true;
            TellOutdated();
            return TryKeep(Now().Marked(before));
        }
        // Invitations name the one that is.
        if (!TryKeep(Now().Marked(authority.Value.Believed) with { Invitations = [] }))
            return false;
        authority.Rotate();
        _log.Info(Event.AuthorityRotated, "nodes come to know {Authority}; the one before is believed too", authority.Value.KeyHash);
        TellOutdated();
        Self.Tell(new InvitationEnded());
        return true;
    }

    private bool TryFinish(HostAuthority authority)
    {
        if (authority.Value.BeforeHash is null)
        {
            Refuse("there is nothing to finish; 'mailroom nodes rotate-ca' changes the authority for a new one");
            return false;
        }
        if (Standing(authority.Value).Left is { Length: > 0 } left)
        {
            Refuse(
                $"{string.Join(", ", left)} {(left.Length == 1 ? "does" : "do")} not know the new authority yet: wait until "
                    + $"{(left.Length == 1 ? "it has" : "they have")} been here, or take the membership away: 'mailroom nodes revoke NAME'"
            );
            return false;
        }
        authority.Finish();
        _log.Info(Event.AuthorityRotated, "{Authority} alone is believed from now on", authority.Value.KeyHash);
        TellOutdated();
        return true;
    }

    private Membership.Rotating Standing(Authority authority)
    {
        var door = DoorSetup.Of(Context.System);
        var hasMoved = Now().Members.ToLookup(member => member.HasMoved(authority.Believed, door?.SerialOf(member.Name)), one => one.Name);
        return new(authority.KeyHash, authority.BeforeHash, [.. hasMoved[true]], [.. hasMoved[false]]);
    }

    private void OnJoined(Membership.Joined joined)
    {
        if (Now().Note(joined.Name, joined.Labels, joined.Shown) is { } book && !TryKeep(book))
            return;
        if (Now().MemberOf(joined.Name)?.Find(joined.Shown)?.IsOutdated(_parts.Authority!.Value.Believed) == true)
            Sender.Tell(Membership.Outdated.Now);
    }

    private static void TellOutdated() => Context.System.EventStream.Publish(Membership.Outdated.Now);
}
