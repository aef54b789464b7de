using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mailroom.Door;

/// <summary>
/// Who this process is to the other side of a connection, and whom it believes: a certificate with its key, and authorities, the newest
/// first; one of them has signed it.
/// </summary>
public sealed class Identity
{
    /// <summary>TLS 1.3, which sends certificates encrypted; macOS has no more than 1.2 to offer.</summary>
    public static readonly SslProtocols Protocols = OperatingSystem.IsMacOS() ? SslProtocols.Tls12 : SslProtocols.Tls13;

    // The one that is and the one before it, while the one is changed for the other.
    private const int MaxAuthorities = 2;

    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2[] _authorities;
    private readonly SslStreamCertificateContext _context;

    internal Identity(Role role, string name, X509Certificate2 certificate, X509Certificate2[] authorities)
    {
        (Role, Name, _certificate, _authorities) = (role, name, certificate, authorities);
        _context = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
    }

    public Role Role { get; }

    public string Name { get; }

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset Until => _certificate.NotAfter;

    /// <summary>When two thirds of the time for which it was made are over.</summary>
    public DateTimeOffset RenewAt => Until - ((_certificate.NotAfter - _certificate.NotBefore - Authority.Before) / 3);

    /// <summary>
    /// The certificate, its key and the authorities' certificates: a secret, for a pipe between two processes of one owner.
    /// </summary>
    public string ToPem() =>
        string.Join(
            '\n',
            [
                _certificate.ExportCertificatePem(),
                _certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(),
                .. _authorities.Select(authority => authority.ExportCertificatePem()),
            ]
        );

    /// <exception cref="CryptographicException">it is not what <see cref="ToPem"/> wrote</exception>
    public static Identity OfPem(string pem)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        if (certificates.Count is < 2 or > 1 + MaxAuthorities || Peer.Of(certificates[0]) is not { } own)
            throw new CryptographicException("it is no identity of a host or a node");
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return new Identity(own.Role, own.Name, WithKey(certificates[0], key), [.. certificates.Skip(1)]);
    }

    /// <summary>What a member becomes by its certificate.</summary>
    /// <param name="certificate">PEM</param>
    /// <param name="authority">PEM, of one or two</param>
    /// <param name="key">that which the certificate was asked for</param>
    /// <exception cref="CryptographicException">it is for another key, not of a node, or not signed by one of these</exception>
    public static Identity Of(string certificate, string authority, ECDsa key)
    {
        using var own = X509Certificate2.CreateFromPem(certificate);
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(authority);
        if (Peer.Of(own) is not { Role: Role.Node } peer)
            throw new CryptographicException("the certificate is not that of a node");
        if (!own.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            throw new CryptographicException("the certificate is not for the key of this node");
        using var chain = new X509Chain { ChainPolicy = Policy(Role.Node, [.. roots]) };
        return roots.Count <= MaxAuthorities && chain.Build(own)
            ? new Identity(Role.Node, peer.Name, WithKey(own, key), [.. roots])
            : throw new CryptographicException("the certificate is not signed by its authority, or not valid now");
    }

    /// <summary>The hash of the key of the newest authority that it believes.</summary>
    public string AuthorityHash => KeyHashes.Of(_authorities[0]);

    /// <summary>A certification request (PKCS #10, RFC 2986), DER, of a new key.</summary>
    public static (ECDsa Key, byte[] Request) Ask()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (key, Ask(key));
    }

    /// <summary>The same of a key that is there.</summary>
    public static byte[] Ask(ECDsa key) => new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256).CreateSigningRequest();

    internal static X509Certificate2 WithKey(X509Certificate2 certificate, ECDsa key)
    {
        var whole = certificate.CopyWithPrivateKey(key);
        // Its TLS takes no key that is in memory only.
        return OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null) : whole;
    }

    internal SslServerAuthenticationOptions ToServe(RemoteCertificateValidationCallback check) =>
        new()
        {
            ServerCertificateContext = _context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = Protocols,
            AllowTlsResume = false, // each connection shows its certificate
            AllowRenegotiation = false,
            CertificateChainPolicy = Policy(Role.Node, _authorities),
            RemoteCertificateValidationCallback = check,
        };

    internal SslClientAuthenticationOptions ToConnect(RemoteCertificateValidationCallback check) =>
        new()
        {
            TargetHost = Role.Host.Domain(),
            ClientCertificateContext = _context,
            EnabledSslProtocols = Protocols,
            AllowTlsResume = false,
            AllowRenegotiation = false,
            CertificateChainPolicy = Policy(Role.Host, _authorities),
            RemoteCertificateValidationCallback = check,
        };

    /// <summary>Only our authorities, and nothing is fetched that a stranger's certificate names.</summary>
    internal static X509ChainPolicy Policy(Role peer, params X509Certificate2[] authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            ApplicationPolicy = { peer.Usage() },
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}

/// <summary>Who is on the other side, by its certificate.</summary>
internal sealed record Peer(Role Role, string Name)
{
    /// <summary>Null where the certificate is none of ours by its form; whether it was signed by ours is another question.</summary>
    public static Peer? Of(X509Certificate2 certificate)
    {
        const string common = "CN=";
        var subject = certificate.SubjectName.Name;
        var domains = certificate
            .Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames())
            .ToList();
        if (!subject.StartsWith(common, StringComparison.Ordinal) || !Doors.IsName(subject[common.Length..]) || domains.Count != 1)
            return null;
        foreach (var role in Enum.GetValues<Role>())
            if (domains[0] == role.Domain())
                return new Peer(role, subject[common.Length..]);
        return null;
    }

    /// <summary>
    /// Why a certificate is not taken, or null: it must be there, be signed by our authority, be valid now, and have the role that the
    /// other side must have.
    /// </summary>
    /// <param name="revoked">of a host: the certificates that are taken no more</param>
    public static string? Refusal(
        X509Certificate? certificate,
        X509Chain? chain,
        SslPolicyErrors errors,
        Role wanted,
        Revocations? revoked = null
    )
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "it shows no certificate";
        var status =
            chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            return "its certificate has expired, or is not valid yet";
        if (status.HasFlag(X509ChainStatusFlags.NotValidForUsage) || Of((X509Certificate2)certificate)?.Role is { } role && role != wanted)
            return $"its certificate has not the role of a {wanted.ToString().ToLowerInvariant()}";
        if (errors != SslPolicyErrors.None)
            return "its certificate is not signed by the authority of this state folder";
        if (revoked?.Contains(((X509Certificate2)certificate).SerialNumber) == true)
            return $"its certificate was revoked ({Of((X509Certificate2)certificate)?.Name})";
        return Of((X509Certificate2)certificate) is null ? "its certificate names nobody" : null;
    }
}
