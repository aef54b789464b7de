using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Logs;

namespace Mailroom.Members;

/// <inheritdoc cref="Membership"/>
internal sealed partial class MembershipActor : ReceiveActor, IWithTimers
{
    // As many as the gate has seats.
    private const int MaxMembers = 256;

    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(30);

    private readonly Membership.Parts _parts;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ActorStatus _status = Roster.Of(Context.System).StatusOf(Context.Self);
    private readonly List<(Membership.Invite Invite, IActorRef From)> _waiting = [];

    private bool _stays;

    // Where the server can be reached while it listens.
    private IReadOnlyList<string> _hosts = [];

    public MembershipActor(Membership.Parts parts, TimeProvider time)
    {
        (_parts, _time) = (parts, time);
        Closed();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Nobody is invited, and nobody listens.</summary>
    private void Closed()
    {
        _status.State = "closed";
        Receive<Membership.Serve>(_ => OpenAgain());
        Receive<OpenLater>(_ => OpenAgain());
        Receive<Membership.Invite>(invite =>
        {
            if (Refusal(invite) is { } reason)
            {
                Sender.Tell(new Membership.Refused(reason));
                return;
            }
            _waiting.Add((invite, Sender));
            BeginOpening();
        });
        Always();
    }

    /// <summary>Who invites waits until the server listens.</summary>
    private void Opening()
    {
        _status.State = "opening";
        Receive<Opened>(opened =>
        {
            _hosts = opened.Hosts;
            Become(Listening);
            Resume();
        });
        Receive<Failed>(failed =>
        {
            _log.Warning(Event.MembersClosed, "those who are invited can't be let in: {Reason}", failed.Reason);
            Become(Closed);
            foreach (var (_, from) in _waiting)
                from.Tell(new Membership.Refused(failed.Reason));
            _waiting.Clear();
            Timers.StartSingleTimer(nameof(OpenLater), new OpenLater(), TryAgain);
        });
        Receive<Membership.Invite>(invite => _waiting.Add((invite, Sender)));
        Always();
    }

    /// <summary>Somebody is invited.</summary>
    private void Listening()
    {
        _status.State = "listening";
        Receive<Membership.Invite>(OnInvite);
        Receive<InvitationEnded>(_ => CloseIfNobodyIsInvited());
        Always();
    }

    /// <summary>Who invites waits until the server can be opened anew.</summary>
    private void Closing()
    {
        _status.State = "closing";
        Receive<ServerClosed>(_ =>
        {
            Become(Closed);
            Resume();
        });
        Receive<Membership.Invite>(invite => _waiting.Add((invite, Sender)));
        Always();
    }

    private void Always()
    {
        Receive<Membership.Redeem>(OnRedeem);
        Receive<Membership.Renew>(OnRenew);
        Receive<Membership.Joined>(OnJoined);
        Receive<Membership.Rotate>(OnRotate);
        Receive<Membership.Revoke>(OnRevoke);
        Receive<Membership.List>(_ => Sender.Tell(new Membership.Listed(Unused(Now()), Now().Members, _stays)));
        Receive<Membership.Serve>(_ => _stays = true);
        Receive<OpenLater>(_ => { });
        Receive<InvitationEnded>(_ => { });
    }

    /// <summary>There are invitations of an earlier host, or the server could not be opened before.</summary>
    private void OpenAgain()
    {
        _stays = true;
        if (_parts.Authority is not null && !Now().Invitations.IsEmpty)
            BeginOpening();
    }

    private void Resume()
    {
        foreach (var (invite, from) in _waiting)
            Self.Tell(invite, from);
        _waiting.Clear();
        Self.Tell(new InvitationEnded()); // behind them
    }

    private void BeginOpening()
    {
        Become(Opening);
        _parts.Server.OpenAsync(Self).PipeTo(Self, success: hosts => new Opened(hosts), failure: error => new Failed(error.Message));
    }

    private void OnInvite(Membership.Invite invite)
    {
        if (Refusal(invite) is { } reason)
        {
            Sender.Tell(new Membership.Refused(reason));
            return;
        }
        var name = invite.Name ?? FreeName();
        var secret = Invitation.NewSecret();
        var until = _time.GetUtcNow() + invite.Ttl;
        if (!TryKeep(Now().Invite(new OpenInvitation(name, Invitation.HashOf(secret), until))))
            return;
        _log.Info(Event.MemberInvited, "{Name} until {Until}", name, Text(until));
        Sender.Tell(new Membership.Invited(name, until, new Invitation(_hosts, _parts.Authority!.Value.KeyHash, secret)));
        Self.Tell(new InvitationEnded());
    }

    private string FreeName()
    {
        var names = Names();
        return Enumerable.Range(1, MaxMembers + 1).Select(number => $"far-{number}").First(name => !names.Contains(name));
    }

    private string? HasNoMembers =>
        _parts.Authority is null
            ? "mailroom.remote.tls is off, so nobody needs a certificate: start the node with 'mailroom-node --host HOST:PORT'"
        : !_stays ? "this host ends with its command, and nobody would find it again; 'mailroom start' starts one that stays"
        : null;

    private string? Refusal(Membership.Invite invite)
    {
        if (HasNoMembers is { } reason)
            return reason;
        if (invite.Name is { } name && !Doors.IsName(name))
            return $"a node can't be called '{Visible.Text(name)}': it takes {Doors.NameRule}";
        if (invite.Name is not null && Doors.IsOwnName(invite.Name))
            return $"{invite.Name} is a name of the host's own nodes; choose another";
        if (invite.Ttl < Membership.Ttl.Least || invite.Ttl > Membership.Ttl.Most)
            return $"an invitation lasts 1s to 7d, not {Quantity.Text(invite.Ttl)}";
        return Names() is { Count: >= MaxMembers } names && (invite.Name is null || !names.Contains(invite.Name))
            ? $"the host has {MaxMembers} members already"
            : null;
    }

    /// <summary>Of those invitations that nobody has used.</summary>
    private static ImmutableArray<OpenInvitation> Unused(MemberBook book) =>
        [.. book.Invitations.Where(invitation => invitation.TakenBy is null)];

    private HashSet<string> Names() =>
        [.. Now().Members.Select(member => member.Name), .. Now().Invitations.Select(invitation => invitation.Name)];

    private void Refuse(string reason) => Sender.Tell(new Membership.Refused(reason));

    private MemberBook Now() => _parts.Book.Book.At(_time.GetUtcNow());

    private bool TryKeep(MemberBook book)
    {
        try
        {
            _parts.Book.Keep(book);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Refuse($"the host can't write down who is a member: {error.Message}");
            return false;
        }
    }

    private void CloseIfNobodyIsInvited()
    {
        if (Now().NextEnd is { } end)
        {
            Timers.StartSingleTimer(nameof(InvitationEnded), new InvitationEnded(), end - _time.GetUtcNow() + TimeSpan.FromMilliseconds(1));
            return;
        }
        _hosts = [];
        Become(Closing);
        _parts.Server.CloseAsync().PipeTo(Self, success: () => new ServerClosed(), failure: _ => new ServerClosed());
    }

    private sealed record OpenLater : ILocalMessage;

    private sealed record Opened(IReadOnlyList<string> Hosts) : ILocalMessage;

    private sealed record Failed(string Reason) : ILocalMessage;

    private sealed record ServerClosed : ILocalMessage;

    private sealed record InvitationEnded : ILocalMessage;
}
