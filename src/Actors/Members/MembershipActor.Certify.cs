using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Logs;

namespace Mailroom.Members;

/// <remarks>Certificates: made for those who are invited and for members, and taken away.</remarks>
internal sealed partial class MembershipActor
{
    private const string Used =
        "the invitation was used already, has ended, or was revoked; 'mailroom nodes invite' on the host's machine makes another";

    private void OnRedeem(Membership.Redeem redeem)
    {
        var book = Now();
        // Before anything that a stranger has sent is looked at.
        if (book.Find(Invitation.HashOf(redeem.Secret)) is not { } invitation)
            Refuse(Used);
        else if (Certified(redeem.Request, invitation.Name) is var (certificate, keyHash))
        {
            using var made = certificate;
            if (invitation.TakenBy is null || invitation.TakenBy == keyHash)
                Redeem(book.Redeem(invitation, keyHash, Issued(made, keyHash), _time.GetUtcNow()), invitation.Name, made);
            else
                Refuse(Used);
        }
    }

    private void Redeem(MemberBook book, string name, X509Certificate2 certificate)
    {
        if (!TryKeep(book))
            return;
        _log.Info(Event.MemberJoined, "{Name}, with a certificate until {Until}", name, Text(certificate.NotAfter));
        Grant(name, certificate);
        Exclude(name);
        Self.Tell(new InvitationEnded());
    }

    private void OnRenew(Membership.Renew renew)
    {
        var book = Now();
        if (book.RenewalRefusal(renew.Name, renew.Shown, _parts.Life, _time.GetUtcNow(), _parts.Authority?.Value.Believed) is { } reason)
        {
            _log.Warning(Event.MemberNotRenewed, "{Name}: {Reason}", renew.Name, reason);
            Refuse(reason);
        }
        else if (Certified(renew.Request, renew.Name) is var (certificate, keyHash))
        {
            using var made = certificate;
            if (!TryKeep(book.Renew(renew.Name, renew.Shown, Issued(made, keyHash))))
                return;
            TakeNoMore(_parts.Book.Book);
            _log.Info(Event.MemberRenewed, "{Name}, with a certificate until {Until}", renew.Name, Text(made.NotAfter));
            Grant(renew.Name, made);
        }
    }

    private void OnRevoke(Membership.Revoke revoke)
    {
        var before = Now();
        if (before.Revoke(revoke.Name) is not { } book)
        {
            Sender.Tell(new Membership.Unknown([.. Names().Order(StringComparer.Ordinal)]));
            return;
        }
        var isKept = TryKeep(book);
        // From now on, even if it can't be written down.
        TakeNoMore(book);
        _log.Info(Event.MemberRevoked, "{Name}", revoke.Name);
        if (before.MemberOf(revoke.Name) is not null)
            Exclude(revoke.Name);
        if (isKept)
            Sender.Tell(new Membership.Revoked(revoke.Name));
        Self.Tell(new InvitationEnded());
    }

    /// <summary>Whoever shows one of the certificates of this name that are void goes, if there is one.</summary>
    private void Exclude(string name)
    {
        TakeNoMore(_parts.Book.Book);
        Context.System.EventStream.Publish(new Membership.Revoked(name));
    }

    private void TakeNoMore(MemberBook book) => _parts.Revocations.Add(book.Revoked.Select(certificate => certificate.Serial));

    /// <summary>A certificate for the key of a request, and the key's hash; null where the asker was told what is wrong.</summary>
    private (X509Certificate2 Certificate, string KeyHash)? Certified(ImmutableArray<byte> request, string name)
    {
        try
        {
            var der = request.AsSpan().ToArray();
            var keyHash = Authority.KeyHashOf(der);
            var serial = Now().SerialOf(name, keyHash);
            return (_parts.Authority!.Value.Certify(der, name, _time.GetUtcNow(), _parts.Life, serial), keyHash);
        }
        catch (UserError error)
        {
            Refuse(error.Message);
            return null;
        }
        catch (Exception error) when (error is CryptographicException or NotSupportedException or ArgumentException)
        {
            Refuse($"the request for a certificate can't be read: {error.Message}");
            return null;
        }
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private IssuedCertificate Issued(X509Certificate2 certificate, string keyHash) =>
        new(certificate.SerialNumber, certificate.NotAfter, keyHash, _parts.Authority!.Value.Believed);

    private void Grant(string name, X509Certificate2 certificate) =>
        Sender.Tell(new Membership.Granted(name, certificate.ExportCertificatePem(), _parts.Authority!.Value.ToPem()));
}
