using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mailroom.Input;

namespace Mailroom.Door;

public class InvitationSpecs
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private static readonly Authority Ours = Authority.Make(Now.AddYears(-2));

    private static Invitation Invited(params string[] hosts) => new(hosts, Ours.KeyHash, Invitation.NewSecret());

    [Theory]
    [InlineData("10.0.0.5:4054")]
    [InlineData("host.example.org:4054")]
    [InlineData("[fd00::1]:4054")]
    [InlineData("10.0.0.5:4054", "host.example.org:4054", "[fd00::1]:1")]
    public void Invitation_should_come_back_whole(params string[] hosts)
    {
        var invitation = Invited(hosts);
        var back = Invitation.Read($"  {invitation}\n");
        Assert.Equal(hosts, back.Hosts);
        Assert.Equal((invitation.Authority, invitation.Secret), (back.Authority, back.Secret));
    }

    [Theory]
    [InlineData("", "that is no invitation: it begins with 'mr1.'")]
    [InlineData("hello", "that is no invitation")]
    [InlineData("mr2.host:1.{hash}.{secret}", "has the form mr2, and this Mailroom knows mr1 only")]
    [InlineData("mr1.host:1.{hash}.short", "is not whole")]
    [InlineData("mr1.host:1.short.{secret}", "is not whole")]
    [InlineData("mr1.host:1.{hash}.!!!!!!!!!!!!!!!!!!!!!!", "is not whole")]
    [InlineData("mr1.host.{hash}.{secret}", "names 'host', which is no HOST:PORT")]
    [InlineData("mr1.host:1,,x:2.{hash}.{secret}", "names '', which is no HOST:PORT")]
    [InlineData("mr1.host:99999.{hash}.{secret}", "which is no HOST:PORT")]
    public void What_is_no_invitation_should_be_refused_with_the_reason(string text, string expected) =>
        Assert.Contains(
            expected,
            Assert
                .Throws<UserError>(() =>
                    Invitation.Read(
                        text.Replace("{hash}", Ours.KeyHash, StringComparison.Ordinal)
                            .Replace("{secret}", Invitation.NewSecret(), StringComparison.Ordinal)
                    )
                )
                .Message
        );

    [Fact]
    public void Secrets_should_be_no_two_the_same() =>
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => Invitation.NewSecret()).Distinct().Count());

    [Fact]
    public void Host_that_invites_should_be_known_by_the_certificate_that_it_shows() =>
        Assert.Null(Invited("x:1").Refusal(Ours.SignForJoining(Now), Now.LocalDateTime));

    public static TheoryData<string, X509Certificate2?, string> Others()
    {
        var theirs = Authority.Make(Now);
        return new()
        {
            { "nobody", null, "it is no host that somebody is invited to" },
            { "another host", theirs.SignForJoining(Now), "its authority has another key" },
            { "a host at its door for nodes", Shown(Ours.Sign(Role.Host, "mailroom", Now)), "it is no host that somebody is invited to" },
            { "the authority itself", X509Certificate2.CreateFromPem(Ours.ToPem()), "it is no host that somebody is invited to" },
            {
                "one that carries our authority and is not signed by it",
                Carrying(Ours, theirs),
                "not signed by the authority that it names"
            },
            { "one that carries garbage", Carrying(null, theirs), "its authority has another key" },
            { "one of another year", Ours.SignForJoining(Now - TimeSpan.FromDays(400)), "one of the two clocks is wrong" },
        };
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void Others_should_be_told_nothing(string who, X509Certificate2? shown, string expected) =>
        Assert.True(
            Invited("x:1").Refusal(shown, Now.LocalDateTime) is { } reason && reason.Contains(expected, StringComparison.Ordinal),
            $"{who}: {Invited("x:1").Refusal(shown, Now.LocalDateTime)}"
        );

    [Fact]
    public void Machine_whose_clock_is_wrong_should_be_told_so() =>
        Assert.Contains("one of the two clocks is wrong", Invited("x:1").Refusal(Ours.SignForJoining(Now), Now.LocalDateTime.AddYears(-3)));

    private static X509Certificate2 Shown(Identity identity)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(identity.ToPem());
        return all[0];
    }

    // What somebody makes who knows our authority, but has not its key.
    private static X509Certificate2 Carrying(Authority? carried, Authority signer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mailroom", key, HashAlgorithmName.SHA256);
        var real = signer.SignForJoining(Now).Extensions.Select(extension => (extension.Oid!.Value!, extension)).ToList();
        foreach (var (oid, extension) in real)
            request.CertificateExtensions.Add(
                !oid.StartsWith("2.25.", StringComparison.Ordinal) ? extension
                : carried is null ? new X509Extension(oid, [1, 2, 3], critical: false)
                : new X509Extension(oid, X509Certificate2.CreateFromPem(carried.ToPem()).RawData, critical: false)
            );
        return request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
    }

    [Theory]
    [InlineData("10.0.0.5:1", true)]
    [InlineData("[::1]:4053", true)]
    [InlineData("a-b.example:65535", true)]
    [InlineData("::1:4053", false)]
    [InlineData("[::1]", false)]
    [InlineData(":4053", false)]
    [InlineData("host:0", false)]
    [InlineData("host:65536", false)]
    [InlineData("host:+1", false)]
    [InlineData("ho st:1", false)]
    [InlineData("host/x:1", false)]
    public void Place_should_be_HOST_and_PORT_or_none(string text, bool isOne)
    {
        Assert.Equal(isOne, Doors.EndPointOf(text) is not null);
        if (Doors.EndPointOf(text) is { } point)
            Assert.Equal(text, Doors.Text(point));
    }
}

public class CertificateSpecs
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private static readonly TimeSpan Life = TimeSpan.FromDays(90);
    private static readonly Authority Ours = Authority.Make(Now);

    [Fact]
    public void Member_should_be_who_it_was_certified_to_be_with_a_key_that_never_travels()
    {
        var (key, request) = Identity.Ask();
        var identity = Identity.Of(Ours.Certify(request, "gpu-1", Now, Life).ExportCertificatePem(), Ours.ToPem(), key);
        Assert.Equal((Role.Node, "gpu-1", Ours.KeyHash), (identity.Role, identity.Name, identity.AuthorityHash));
        Assert.Equal("gpu-1", Identity.OfPem(identity.ToPem()).Name);
    }

    [Fact]
    public void Certificate_should_be_renewed_when_two_thirds_of_its_life_are_over()
    {
        var (key, request) = Identity.Ask();
        var identity = Identity.Of(Ours.Certify(request, "gpu-1", Now, Life).ExportCertificatePem(), Ours.ToPem(), key);
        Assert.InRange((identity.RenewAt - Now).TotalDays, 59.99, 60.01);
        Assert.InRange((identity.Until - Now).TotalDays, 89.99, 90.01);
    }

    [Fact]
    public void Certificate_for_another_key_should_be_none_of_ours()
    {
        var (key, _) = Identity.Ask();
        var (_, request) = Identity.Ask();
        var certificate = Ours.Certify(request, "gpu-1", Now, Life).ExportCertificatePem();
        Assert.Contains(
            "not for the key",
            Assert.Throws<CryptographicException>(() => Identity.Of(certificate, Ours.ToPem(), key)).Message
        );
    }

    [Fact]
    public void Certificate_should_have_the_serial_number_that_is_asked_for()
    {
        var (key, request) = Identity.Ask();
        using var _ = key;
        for (var time = 0; time < 20; time++) // of some the first byte is zero
        {
            var serial = Ours.Certify(request, "gpu-1", Now, Life).SerialNumber;
            Assert.Equal(serial, Ours.Certify(request, "gpu-1", Now, Life, serial).SerialNumber);
        }
    }

    [Fact]
    public void Authority_of_the_future_should_blame_the_clock()
    {
        var (key, request) = Identity.Ask();
        using var _ = key;
        Assert.Contains(
            "the clock of this machine says",
            Assert.Throws<Input.UserError>(() => Ours.Certify(request, "gpu-1", Now.AddYears(-1), Life)).Message
        );
    }

    [Fact]
    public void Certificate_of_another_authority_should_be_none_of_ours()
    {
        var (key, request) = Identity.Ask();
        var certificate = Authority.Make(Now).Certify(request, "gpu-1", Now, Life).ExportCertificatePem();
        Assert.Throws<CryptographicException>(() => Identity.Of(certificate, Ours.ToPem(), key));
    }

    public static TheoryData<string, byte[]> Requests()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        var (_, good) = Identity.Ask();
        byte[] turned = [.. good];
        turned[^3] ^= 1; // in its signature
        return new()
        {
            { "nothing", [] },
            { "garbage", [1, 2, 3] },
            { "half", good[..(good.Length / 2)] },
            { "not signed with its key", turned },
            { "another curve", new CertificateRequest("CN=x", curve, HashAlgorithmName.SHA256).CreateSigningRequest() },
            { "RSA", new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest() },
        };
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_that_is_none_should_be_certified_for_nobody(string what, byte[] request)
    {
        Assert.NotEmpty(what);
        Assert.Throws<CryptographicException>(() => Ours.Certify(request, "gpu-1", Now, Life));
        Assert.Throws<CryptographicException>(() => Authority.KeyHashOf(request));
    }
}
