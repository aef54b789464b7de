using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mailroom.Attacker;

/// <summary>Makes certificates, right ones and wrong ones, with an authority that it has the key of.</summary>
internal sealed class Forger
{
    private const string Serve = "1.3.6.1.5.5.7.3.1";
    private const string Connect = "1.3.6.1.5.5.7.3.2";
    private const string HostDomain = "host.mailroom.internal";
    private const string NodeDomain = "node.mailroom.internal";

    private readonly X509Certificate2 _authority;

    private Forger(X509Certificate2 authority) => _authority = authority;

    /// <summary>With the key of a host's own authority, as only the owner of its state folder has it.</summary>
    public static Forger Of(string state)
    {
        var pem = File.ReadAllText(Path.Combine(state, "authority.pem"));
        return new Forger(X509Certificate2.CreateFromPem(pem, pem));
    }

    /// <summary>With an authority of the same name as another's, but another key.</summary>
    public Forger Twin()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(_authority.SubjectName, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        return new Forger(request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1)));
    }

    public X509Certificate2 Node(string name = "evil") => Make(name, [NodeDomain], [Connect]);

    public X509Certificate2 Host(string name = "mailroom") => Make(name, [HostDomain], [Serve]);

    /// <summary>Certificates that no host may take for a node's, by what is wrong with each.</summary>
    public IEnumerable<(string Wrong, X509Certificate2? Certificate)> WrongNodes()
    {
        yield return ("none", null);
        yield return ("signed by nobody", SelfSigned("evil", NodeDomain, Connect));
        yield return ("signed by another authority of the same name", Twin().Node());
        yield return ("of a host", Host("evil"));
        yield return ("for hosts by its use, for nodes by its name", Make("evil", [NodeDomain], [Serve]));
        yield return ("for nodes by its use, for hosts by its name", Make("evil", [HostDomain], [Connect]));
        yield return ("expired", Make("evil", [NodeDomain], [Connect], from: -20, to: -1));
        yield return ("not valid yet", Make("evil", [NodeDomain], [Connect], from: 1, to: 20));
        yield return ("without a role", Make("evil", [], [Connect]));
        yield return ("with two roles", Make("evil", [NodeDomain, HostDomain], [Connect]));
        yield return ("of a name that is none", Make("../evil", [NodeDomain], [Connect]));
        yield return ("signed by a node", new Forger(Node("issuer")).Node());
        yield return ("of the authority itself", _authority);
    }

    /// <summary>The same for a node that looks for its host.</summary>
    public IEnumerable<(string Wrong, X509Certificate2 Certificate)> WrongHosts()
    {
        yield return ("signed by nobody", SelfSigned("mailroom", HostDomain, Serve));
        yield return ("signed by another authority of the same name", Twin().Host());
        yield return ("of a node", Node("mailroom"));
        yield return ("for nodes by its use, for hosts by its name", Make("mailroom", [HostDomain], [Connect]));
        yield return ("for hosts by its use, for nodes by its name", Make("mailroom", [NodeDomain], [Serve]));
        yield return ("expired", Make("mailroom", [HostDomain], [Serve], from: -20, to: -1));
        yield return ("not valid yet", Make("mailroom", [HostDomain], [Serve], from: 1, to: 20));
        yield return ("without a role", Make("mailroom", [], [Serve]));
        yield return ("with two roles", Make("mailroom", [NodeDomain, HostDomain], [Serve]));
        yield return ("signed by a node", new Forger(Node("issuer")).Host());
    }

    /// <summary>A stranger's, which names an address where its issuer could be fetched (RFC 5280, 4.2.2.1).</summary>
    public static X509Certificate2 NamingAnAddress(string url, bool isHost)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.2");
            writer.WriteCharacterString(UniversalTagNumber.IA5String, url, new Asn1Tag(TagClass.ContextSpecific, 6));
        }
        using var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parent = new CertificateRequest("CN=Nobody", issuer, HashAlgorithmName.SHA256);
        parent.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = parent.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return new Forger(authority).Make(
            "evil",
            [isHost ? HostDomain : NodeDomain],
            [isHost ? Serve : Connect],
            more: new X509Extension("1.3.6.1.5.5.7.1.1", writer.Encode(), critical: false)
        );
    }

    private X509Certificate2 Make(string name, string[] domains, string[] uses, int from = -1, int to = 1, X509Extension? more = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(name, domains, uses, key);
        if (more is not null)
            request.CertificateExtensions.Add(more);
        var generator = X509SignatureGenerator.CreateForECDsa(_authority.GetECDsaPrivateKey()!);
        using var certificate = request.Create(
            _authority.SubjectName,
            generator,
            DateTimeOffset.UtcNow.AddDays(from),
            DateTimeOffset.UtcNow.AddDays(to),
            RandomNumberGenerator.GetBytes(8)
        );
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 SelfSigned(string name, string domain, string use)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Request(name, [domain], [use], key).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static CertificateRequest Request(string name, string[] domains, string[] uses, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var domain in domains)
            names.AddDnsName(domain);
        if (domains.Length > 0)
            request.CertificateExtensions.Add(names.Build());
        var purposes = new OidCollection();
        foreach (var use in uses)
            purposes.Add(new Oid(use));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, critical: true));
        return request;
    }
}
