using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.Door;

/// <summary>
/// The certificate authority of a host, a file in its state folder that only its owner can read. Whoever can read it may
/// sign nodes, and nobody else. Certificates of hosts and nodes live in memory only: each process gets a new one.
/// </summary>
/// <remarks>
/// It can be changed for a new one. Until that is over the host shows itself by the one before, which all know, and both are believed;
/// whoever gets a certificate gets it by the new one, and knows both from then on.
/// </remarks>
public sealed class Authority : IDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(10 * 365);

    // How long a host or a node of this machine may run without being started again.
    private static readonly TimeSpan LeafLife = TimeSpan.FromDays(2 * 365);

    // Far longer than one is shown before another is made.
    private static readonly TimeSpan JoiningLife = TimeSpan.FromDays(8);

    /// <summary>So long before it is made a certificate is valid already: clocks may differ, and jump.</summary>
    internal static readonly TimeSpan Before = TimeSpan.FromDays(1);

    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2? _before;

    private Authority(X509Certificate2 certificate, X509Certificate2? before = null) => (_certificate, _before) = (certificate, before);

    /// <summary>Its key's hash, by which those who are invited know it; see <see cref="Invitation.Authority"/>.</summary>
    public string KeyHash => KeyHashes.Of(_certificate);

    /// <summary>The same of the one before, while that is believed too; or null.</summary>
    public string? BeforeHash => _before is null ? null : KeyHashes.Of(_before);

    /// <summary>Whom those believe who get a certificate now.</summary>
    public string Believed => string.Join(',', Roots.Select(KeyHashes.Of));

    /// <summary>The certificates of those that are believed, the newest first, without their keys.</summary>
    public string ToPem() => string.Join('\n', Roots.Select(root => root.ExportCertificatePem()));

    private IEnumerable<X509Certificate2> Roots => _before is null ? [_certificate] : [_certificate, _before];

    /// <summary>The authority of a state folder; made at first use, and anew when it would not outlive what it signs.</summary>
    /// <exception cref="UserError">there is a file, but it is none of ours</exception>
    public static Authority Of(string folder, DateTimeOffset now)
    {
        var state = StateFolder.At(folder);
        if (File.Exists(state.Authority))
        {
            var known = Open(folder);
            if (known._certificate.NotAfter > (now + LeafLife).LocalDateTime)
                return known;
            known.Dispose();
        }
        var made = Make(now);
        // What was before one that is gone proves nothing any more.
        File.Delete(state.AuthorityBefore);
        Write(state.Authority, made._certificate);
        return made;
    }

    /// <summary>Makes the next authority of a state folder; where that is under way, nothing.</summary>
    /// <exception cref="UserError">as of <see cref="Open"/></exception>
    public static Authority Rotate(string folder, DateTimeOffset now)
    {
        var state = StateFolder.At(folder);
        var known = Open(folder);
        if (known._before is not null)
            return known;
        using var made = Make(now);
        Write(state.AuthorityBefore, known._certificate);
        Write(state.Authority, made._certificate);
        known.Dispose();
        return Open(folder);
    }

    /// <summary>The one before is believed no more.</summary>
    /// <exception cref="UserError">as of <see cref="Open"/></exception>
    public static Authority Finish(string folder)
    {
        File.Delete(StateFolder.At(folder).AuthorityBefore);
        Disk.Settle(folder);
        return Open(folder);
    }

    private static void Write(string path, X509Certificate2 certificate) =>
        StateFolder.WritePrivate(
            path,
            certificate.ExportCertificatePem() + "\n" + certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n",
            lasts: true
        );

    /// <exception cref="UserError">there is none, because no host was ever started on this folder, or it can't be read</exception>
    public static Authority Open(string folder)
    {
        var state = StateFolder.At(folder);
        if (!File.Exists(state.Authority))
            throw new UserError(
                $"{state.Path} holds no authority of a host; start the host first, or name its state folder with --state DIR",
                ExitCode.Refused
            );
        var now = Read(state.Authority);
        var before = File.Exists(state.AuthorityBefore) ? Read(state.AuthorityBefore) : null;
        // Whoever made the next one may have been ended before that was written.
        return new Authority(now, before is not null && KeyHashes.Of(before) != KeyHashes.Of(now) ? before : null);
    }

    private static X509Certificate2 Read(string path)
    {
        if (!FileStatus.IsOwn(path, FileStatus.Regular))
            throw new UserError(
                $"{path} is open to others, or was put there by another user, and so proves nothing; delete it, and a host makes it anew",
                ExitCode.Refused
            );
        try
        {
            var pem = File.ReadAllText(path);
            return X509Certificate2.CreateFromPem(pem, pem);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UserError(
                $"{path} can't be read: {error.Message}; a host makes it anew when it is gone, and nodes that are started "
                    + "by hand must be started again then",
                ExitCode.Refused,
                error
            );
        }
    }

    /// <summary>Makes a key, and a certificate for it.</summary>
    public Identity Sign(Role role, string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(
            role == Role.Host ? _before ?? _certificate : _certificate,
            role,
            name,
            new PublicKey(key),
            now,
            LeafLife
        );
        return new Identity(
            role,
            name,
            Identity.WithKey(certificate, key),
            [.. Roots.Select(root => X509CertificateLoader.LoadCertificate(root.RawData))]
        );
    }

    /// <summary>A certificate for a member, whose key stays where it is.</summary>
    /// <param name="request">a certification request (PKCS #10, RFC 2986), DER; only its key counts, which it must have signed with</param>
    /// <exception cref="CryptographicException">it is none, or not of a key on the curve P-256</exception>
    /// <exception cref="UserError">the clock stands before the authority was made</exception>
    /// <param name="serial">as <see cref="X509Certificate2.SerialNumber"/> tells it; null for a new one</param>
    public X509Certificate2 Certify(byte[] request, string name, DateTimeOffset now, TimeSpan life, string? serial = null) =>
        Issue(_certificate, Role.Node, name, KeyOf(request), now, life, serial);

    /// <summary>The hash of the key of a certification request, see <see cref="KeyHashes"/>.</summary>
    /// <exception cref="CryptographicException">as of <see cref="Certify"/></exception>
    public static string KeyHashOf(byte[] request) => KeyHashes.Of(KeyOf(request));

    private static PublicKey KeyOf(byte[] request)
    {
        var read = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256);
        using var key = read.PublicKey.GetECDsaPublicKey();
        // Of a curve that is no named one there is no such thing.
        return key?.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value == ECCurve.NamedCurves.nistP256.Oid.Value
            ? read.PublicKey
            : throw new CryptographicException("the request is not of a key on the curve P-256");
    }

    /// <summary>What a host shows to those who are invited, who know only the authority's hash: so it carries the authority.</summary>
    public X509Certificate2 SignForJoining(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(
            _certificate,
            Role.Host,
            Doors.HostSystem,
            new PublicKey(key),
            now,
            JoiningLife,
            serial: null,
            CarriedAuthority.Extension(_certificate)
        );
        return Identity.WithKey(certificate, key);
    }

    private static X509Certificate2 Issue(
        X509Certificate2 issuer,
        Role role,
        string name,
        PublicKey key,
        DateTimeOffset now,
        TimeSpan life,
        string? serial = null,
        params ReadOnlySpan<X509Extension> more
    )
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(role.Domain());
        request.CertificateExtensions.Add(names.Build(critical: true));
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true)
        );
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([role.Usage()], critical: true));
        foreach (var extension in more)
            request.CertificateExtensions.Add(extension);
        // None outlives its issuer at either end, should a clock have been set back since that was made.
        var (from, until) = (now - Before, now + life);
        if (until <= issuer.NotBefore)
            throw new UserError(
                $"the clock of this machine says {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC, which is before its authority was made "
                    + $"({issuer.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC); set it right",
                ExitCode.Refused
            );
        return request.Create(
            issuer,
            from > issuer.NotBefore ? from : issuer.NotBefore,
            until < issuer.NotAfter ? until : issuer.NotAfter,
            serial is null ? RandomNumberGenerator.GetBytes(16) : Convert.FromHexString(serial)
        );
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _before?.Dispose();
    }

    internal static Authority Make(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(
            $"CN=Mailroom {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}",
            key,
            HashAlgorithmName.SHA256
        );
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true)
        );
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return new Authority(request.CreateSelfSigned(now - Before, now + Life));
    }
}
