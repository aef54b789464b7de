using System.Security.Cryptography.X509Certificates;

namespace Mailroom.Door;

/// <summary>
/// The authority's certificate inside one that it has signed, for those who know only the hash of its key: they can judge whom they speak
/// to before they have sent a word.
/// </summary>
internal static class CarriedAuthority
{
    // Of a UUID of ours (ITU-T X.667, clause 7).
    private const string Oid = "2.25.76501565238806372360216936358647668666";

    public static X509Extension Extension(X509Certificate2 authority) => new(Oid, authority.RawData, critical: false);

    /// <summary>Why a certificate is not that of a host whose authority has this key, or null.</summary>
    public static string? Refusal(X509Certificate2? shown, string keyHash, DateTime now)
    {
        if (shown?.Extensions.FirstOrDefault(extension => extension.Oid?.Value == Oid)?.RawData is not { } carried)
            return "it is no host that somebody is invited to";
        using var authority = Loaded(carried);
        if (authority is null || KeyHashes.Of(authority) != keyHash)
            return "it is not the host of this invitation: its authority has another key";
        using var chain = new X509Chain { ChainPolicy = Identity.Policy(Role.Host, authority) };
        chain.ChainPolicy.VerificationTime = now;
        if (chain.Build(shown))
            return Peer.Of(shown)?.Role == Role.Host ? null : "its certificate has not the role of a host";
        return chain.ChainStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            ? $"its certificate is not valid at {now:yyyy-MM-dd HH:mm}, the time of this machine; one of the two clocks is wrong"
            : "its certificate is not signed by the authority that it names";
    }

    private static X509Certificate2? Loaded(byte[] certificate)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(certificate);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null; // what is carried is none
        }
    }
}
