using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Mailroom.EndToEnd;

namespace Mailroom.Attacker;

/// <summary>Who was not invited gets nothing where those come who are.</summary>
public sealed class JoinServerSpecs : EndToEndSpec, IAsyncLifetime
{
    private MailroomProcess _host = null!;
    private Door.Invitation _invitation = null!;
    private string _address = "";

    public async Task InitializeAsync()
    {
        (_host, _address) = StartHost("--nodes", "1", "--set", "mailroom.remote.join-port=0");
        _invitation = Door.Invitation.Read((await Mailroom("nodes", "invite", "--name", "gpu-1")).Out.Split(' ')[2]);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    private IPEndPoint Place => IPEndPoint.Parse(_invitation.Hosts[0]);

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(Place);
        return client;
    }

    /// <summary>What the server answers, which does not know that nobody has looked at its certificate.</summary>
    private async Task<string> AskAsync(string request)
    {
        using var client = await ConnectAsync();
        await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("x");
        await tls.WriteAsync(Encoding.UTF8.GetBytes(request));
        using var reader = new StreamReader(tls);
        return await reader.ReadLineAsync() ?? "";
    }

    private static string Post(string body) =>
        "POST /join HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {body.Length}\r\n\r\n{body}";

    private async Task AssertStillInvitingAsync()
    {
        await using var join = MailroomProcess.StartNode("join", $"{_invitation}", "--state", Path.Combine(Folder, "far"));
        Assert.Equal(0, (await join.EndAsync()).ExitCode);
        Assert.DoesNotContain("   at ", (await Mailroom("logs", "-n", "100000")).Out);
    }

    [Fact]
    public async Task Who_knows_no_secret_should_get_no_certificate()
    {
        var request = Convert.ToBase64String(Door.Identity.Ask().Request);
        (string Body, string Status)[] all =
        [
            ("", "400"),
            ("null", "400"),
            ("{}", "400"),
            ("{\"secret\":null,\"request\":null}", "400"),
            ("{\"secret\":1,\"request\":2}", "400"),
            ("{\"secret\":\"\",\"request\":\"\"}", "403"),
            ($"{{\"secret\":\"\",\"request\":\"{request}\"}}", "403"),
            ($"{{\"secret\":\"{_invitation.Authority}\",\"request\":\"{request}\"}}", "403"),
            ($"{{\"secret\":\"{_invitation.Secret.ToLowerInvariant()}x\",\"request\":\"{request}\"}}", "403"),
            ($"{{\"secret\":\"{_invitation.Secret}\",\"request\":\"AAAA\"}}", "403"),
        ];
        foreach (var (body, status) in all)
            Assert.StartsWith($"HTTP/1.1 {status}", await AskAsync(Post(body)));
        Assert.StartsWith("HTTP/1.1 400", await AskAsync(Post(new string('x', 20_000))));
        Assert.StartsWith("HTTP/1.1 404", await AskAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        Assert.DoesNotContain((await Mailroom("nodes", "invites", "--json")).Json.AsArray(), one => (string)one!["state"]! == "member");
        await AssertStillInvitingAsync();
    }

    [Fact]
    public async Task Member_that_is_revoked_should_lose_a_connection_over_which_it_has_never_joined()
    {
        await AssertStillInvitingAsync();
        var membership = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "far", "membership.json")))!;
        var pem = (string)membership["identity"]!;
        await using var member = await Intruder.EnterAsync(_address, X509Certificate2.CreateFromPem(pem, pem));
        await member.SendAsync(Pdu.Associate("gpu-1"));
        Assert.Equal(0, (await Mailroom("nodes", "revoke", "gpu-1")).ExitCode);
        Assert.Equal(0, await member.EndAsync());
        await using var again = await Intruder.EnterAsync(_address, X509Certificate2.CreateFromPem(pem, pem));
        Assert.Equal(0, await again.EndAsync());
    }

    [Fact]
    public async Task Garbage_and_a_hundred_who_say_nothing_should_keep_nobody_out_for_long()
    {
        var silent = new List<TcpClient>();
        for (var i = 0; i < 100; i++)
            silent.Add(await ConnectAsync());
        using (var plain = await ConnectAsync())
            await plain.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        // The server ends those who have not shaken hands, each in its time.
        foreach (var client in silent)
            try
            {
                Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
            }
            catch (IOException)
            {
                continue; // it was closed as well
            }
        silent.ForEach(client => client.Dispose());
        await AssertStillInvitingAsync();
    }
}
