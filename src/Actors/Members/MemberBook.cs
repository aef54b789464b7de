using System.Collections.Immutable;

namespace Mailroom.Members;

/// <summary>An invitation that somebody may use, once.</summary>
/// <param name="Name">what the node will be called</param>
/// <param name="Secret">the hash of its secret, see <see cref="Door.Invitation.HashOf"/></param>
/// <param name="TakenBy">
/// the hash of the key that it was used with; only that one may use it again, should the answer not have arrived
/// </param>
public sealed record OpenInvitation(string Name, string Secret, DateTimeOffset Until, string? TakenBy = null);

/// <summary>A certificate that was given out.</summary>
/// <param name="Key">the hash of its key, see <see cref="Door.KeyHashes"/>; null of one that an earlier version gave</param>
/// <param name="Believed">
/// whom those believe who have it, see <see cref="Door.Authority.Believed"/>; null of one that an earlier version gave
/// </param>
public sealed record IssuedCertificate(string Serial, DateTimeOffset Until, string? Key = null, string? Believed = null)
{
    /// <summary>Whether those who ask now are told to believe others.</summary>
    public bool IsOutdated(string believed) => Believed is not null && Believed != believed;
}

/// <summary>A node on another machine, which has its certificate by an invitation.</summary>
/// <param name="Since">when it was invited</param>
/// <param name="Certificates">those that it may show, the newest last</param>
/// <param name="Labels">that it had when it last joined; null where it never did</param>
/// <param name="Shown">the serial number of the certificate that it had shown then</param>
/// <param name="Lost">certificates that it was given and has not kept; they are void</param>
public sealed record Member(
    string Name,
    DateTimeOffset Since,
    ImmutableArray<IssuedCertificate> Certificates,
    IReadOnlyList<string>? Labels = null,
    string? Shown = null,
    IReadOnlyList<IssuedCertificate>? Lost = null
)
{
    /// <summary>Until when it may join without being invited anew.</summary>
    public DateTimeOffset Until => Certificates.Max(certificate => certificate.Until);

    /// <summary>Whether it is known to have a certificate as those get who ask now.</summary>
    /// <param name="shown">the serial number of the one that it shows now, or null where it is away</param>
    public bool HasMoved(string believed, string? shown) => Find(shown ?? Shown ?? Certificates[^1].Serial)?.Believed == believed;

    public IssuedCertificate? Find(string? serial) => Certificates.FirstOrDefault(certificate => certificate.Serial == serial);
}

/// <summary>Who is invited, who is a member, and which certificates are taken no more. Every change makes a new one.</summary>
internal sealed record MemberBook(
    ImmutableArray<OpenInvitation> Invitations,
    ImmutableArray<Member> Members,
    ImmutableArray<IssuedCertificate> Revoked
)
{
    // How long whoever has used an invitation may ask again, if the answer got lost.
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    // So long is it remembered what was given out and has ended: clocks are set wrong, and set right again.
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    // Certificates that one member may have been given at a time: it shows one, and is given the next.
    private const int MaxCertificates = 8;

    // So many revoked ones are remembered in any case: a clock that was set far ahead must not bring them back.
    private const int MaxRevoked = 1_000;

    public static MemberBook Empty { get; } = new([], [], []);

    /// <summary>The next moment at which an invitation ends, or null.</summary>
    public DateTimeOffset? NextEnd => Invitations.IsEmpty ? null : Invitations.Min(invitation => invitation.Until);

    /// <summary>Without what is over: invitations, and certificates that nobody could use any more.</summary>
    public MemberBook At(DateTimeOffset now) =>
        new(
            [.. Invitations.Where(invitation => invitation.Until > now && invitation.Until <= now + Membership.Ttl.Most)],
            [
                .. Members
                    .Where(member => member.Until + Remembered > now)
                    .Select(member => member with { Certificates = [.. member.Certificates.Where(one => one.Until + Remembered > now)] }),
            ],
            [.. Revoked.Where((certificate, at) => at >= Revoked.Length - MaxRevoked || certificate.Until + Remembered > now)]
        );

    /// <summary>Another invitation of the same name is void.</summary>
    public MemberBook Invite(OpenInvitation invitation) => this with { Invitations = [.. Without(invitation.Name), invitation] };

    /// <summary>The invitation with this secret, whether it was used or not.</summary>
    public OpenInvitation? Find(string secret) => Invitations.FirstOrDefault(invitation => invitation.Secret == secret);

    /// <summary>The invitation is used. Whoever had the name before, on a machine that is gone perhaps, has it no longer.</summary>
    public MemberBook Redeem(OpenInvitation invitation, string keyHash, IssuedCertificate certificate, DateTimeOffset now)
    {
        var again = now + Again;
        var taken = invitation with { TakenBy = keyHash, Until = again < invitation.Until ? again : invitation.Until };
        var before = MemberOf(invitation.Name);
        return this with
        {
            Invitations = [.. Without(invitation.Name), taken],
            Members = [.. Members.Where(member => member != before), new Member(invitation.Name, now, [certificate])],
            Revoked = [.. Revoked, .. before?.Certificates.Where(other => other.Serial != certificate.Serial) ?? []],
        };
    }

    /// <summary>
    /// The serial number of the certificate that a member has for this key, or null. Whoever asks again, because an answer was lost, gets
    /// the same number, so that nothing is given out that can't be taken back.
    /// </summary>
    public string? SerialOf(string name, string keyHash) =>
        MemberOf(name)?.Certificates.LastOrDefault(certificate => certificate.Key == keyHash)?.Serial;

    /// <summary>Why a member may not have another certificate now, or null.</summary>
    /// <param name="shown">the serial number of the one that it has shown</param>
    /// <param name="life">how long one is valid</param>
    /// <param name="believed">whom those believe who ask now; null where that says nothing</param>
    public string? RenewalRefusal(string name, string? shown, TimeSpan life, DateTimeOffset now, string? believed = null)
    {
        var member = MemberOf(name);
        if (member?.Find(shown) is not { } own)
            return $"{name} is no member by what it shows";
        if (own.Until - now > life / 2 && (believed is null || !own.IsOutdated(believed)))
            return $"the certificate of {name} is not to be renewed yet";
        var given = member.Certificates.SkipWhile(one => one != own).Concat(member.Lost ?? []).Count(one => one.Until > now);
        return given >= MaxCertificates ? $"{name} was given {MaxCertificates} certificates already; invite it anew" : null;
    }

    /// <summary>A member gets its next certificate. Of those that came after the one it shows it has kept none: they are void.</summary>
    /// <param name="shown">the serial number of the one that it shows, or null where that is not known</param>
    public MemberBook Renew(string name, string? shown, IssuedCertificate certificate)
    {
        if (MemberOf(name) is not { } member)
            return this;
        var at = member.Certificates.ToList().FindIndex(one => one.Serial == shown);
        var kept = at < 0 ? member.Certificates : member.Certificates[..(at + 1)];
        var lost = member.Certificates.Except(kept).Where(one => one.Serial != certificate.Serial).ToList();
        return this with
        {
            Members = Members.Replace(
                member,
                member with
                {
                    Certificates = [.. kept.Where(one => one.Serial != certificate.Serial), certificate],
                    Lost = [.. (member.Lost ?? []).TakeLast(MaxCertificates), .. lost],
                }
            ),
            Revoked = [.. Revoked, .. lost],
        };
    }

    /// <summary>A node has joined, or come again, with these labels and by this certificate.</summary>
    /// <returns>null where that is nothing new</returns>
    public MemberBook? Note(string name, IReadOnlyList<string> labels, string? shown) =>
        MemberOf(name) is { } member && (member.Shown != shown || member.Labels?.SequenceEqual(labels) != true)
            ? this with
            {
                Members = Members.Replace(member, member with { Labels = labels, Shown = shown }),
            }
            : null;

    /// <summary>Whoever has a certificate of which that is not known believes this one.</summary>
    public MemberBook Marked(string believed) =>
        this with
        {
            Members =
            [
                .. Members.Select(member =>
                    member with
                    {
                        Certificates = [.. member.Certificates.Select(one => one with { Believed = one.Believed ?? believed })],
                    }
                ),
            ],
        };

    public Member? MemberOf(string name) => Members.FirstOrDefault(member => member.Name == name);

    /// <summary>Takes away a name's invitation and its certificates.</summary>
    /// <returns>null where it has neither</returns>
    public MemberBook? Revoke(string name)
    {
        var member = MemberOf(name);
        return member is null && Invitations.All(invitation => invitation.Name != name)
            ? null
            : new([.. Without(name)], [.. Members.Where(other => other != member)], [.. Revoked, .. member?.Certificates ?? []]);
    }

    private IEnumerable<OpenInvitation> Without(string name) => Invitations.Where(invitation => invitation.Name != name);
}
