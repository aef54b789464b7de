using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Mailroom.Attacker;

/// <summary>Who holds no certificate of the host's authority meets no actor.</summary>
public class StrangerSpecs(Target target) : IClassFixture<Target>
{
    [Fact]
    public async Task Stranger_should_be_let_in_with_no_certificate_but_a_nodes_of_this_authority()
    {
        foreach (var (wrong, certificate) in target.Forger.WrongNodes())
        {
            try
            {
                await using var intruder = await Intruder.EnterAsync(target.Address, certificate);
                await intruder.TryAsync(Pdu.Associate("evil"));
                Assert.True(await intruder.EndAsync() == 0, $"a certificate {wrong} was answered");
            }
            catch (Exception error) when (error is AuthenticationException or IOException)
            {
                continue; // the host said no while they shook hands
            }
        }
        await using (var node = await Intruder.AsNodeAsync(target.Address, target.Forger, "evil"))
        {
            await node.SendAsync(
                Pdu.Tell(Pdu.Gate, Sender("evil"), Pdu.Parcel(0, 0, Pdu.Message((4, Pdu.Text("0.0")), (1, new byte[16]), (5, 1UL))), "join")
            );
            Assert.NotNull(await node.MessageAsync()); // the right one is spoken to, if only to be refused for its version
        }
        var logs = (await target.AskAsync("logs", "-n", "100000", "--search", "door.refused")).Out;
        Assert.Contains("certificate", logs);
        Assert.DoesNotContain("   at ", logs); // no stacks
        await target.AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Stranger_should_not_be_let_in_with_an_older_TLS()
    {
        using var client = await ConnectAsync();
        await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        await Assert.ThrowsAnyAsync<Exception>(() =>
            tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "x",
                    EnabledSslProtocols = SslProtocols.Tls12,
                    ClientCertificates = [target.Forger.Node()],
                }
            )
        );
    }

    [Fact]
    public async Task Host_should_fetch_nothing_that_a_strangers_certificate_names()
    {
        var bait = new TcpListener(IPAddress.Loopback, 0);
        bait.Start();
        for (var time = 0; time < 5; time++)
        {
            try
            {
                await using var intruder = await Intruder.EnterAsync(
                    target.Address,
                    Forger.NamingAnAddress($"http://{bait.LocalEndpoint}/issuer.crt", isHost: false)
                );
                await intruder.EndAsync();
            }
            catch (Exception error) when (error is AuthenticationException or IOException)
            {
                continue;
            }
        }
        await target.AssertUndisturbedAsync();
        Assert.False(bait.Pending());
        bait.Stop();
    }

    public static TheoryData<string, byte[]> Garbage() =>
        new()
        {
            { "HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray() },
            { "a frame of 2 GB", [0x7f, 0xff, 0xff, 0xff] },
            { "a frame of -1", [0xff, 0xff, 0xff, 0xff] },
            { "a frame of 0", [0, 0, 0, 0] },
            { "zeros", new byte[100_000] },
            { "a plain association", [0, 0, 0, 60, .. Pdu.Associate("evil")] },
            { "an association with a name of 4 MB", [0, 0x40, 0, 0, .. Pdu.Associate(new string('x', 4_000_000))] },
            { "half a hello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00] },
            { "a hello of another kind", [0x16, 0x03, 0x01, 0x40, 0x00, .. new byte[16_384]] },
            { "a letter at a time", [0x16] },
        };

    [Theory]
    [MemberData(nameof(Garbage))]
    public async Task Stranger_should_get_nothing_for_garbage(string what, byte[] bytes)
    {
        using var client = await ConnectAsync();
        var answered = 0;
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(bytes);
            client.Client.Shutdown(SocketShutdown.Send);
            var buffer = new byte[1000];
            for (int read; (read = await stream.ReadAsync(buffer)) > 0; answered += read) { }
        }
        catch (IOException)
        {
            // it hung up
        }
        Assert.True(answered <= 7, $"{what}: {answered} bytes came back"); // a TLS alert has seven
        await target.AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Host_should_outlive_a_thousand_idle_connections_and_two_thousand_short_ones()
    {
        var idle = new List<TcpClient>();
        for (var count = 0; count < 3_000; count++)
        {
            try
            {
                var client = await ConnectAsync();
                if (count < 1_000)
                    idle.Add(client);
                else
                    client.Dispose();
            }
            catch (SocketException)
            {
                continue; // hung up on before it had begun
            }
        }
        await using (var node = await Intruder.AsNodeAsync(target.Address, target.Forger, "evil"))
        {
            await node.SendAsync(
                Pdu.Tell(Pdu.Gate, Sender("evil"), Pdu.Parcel(0, 0, Pdu.Message((4, Pdu.Text("0.0")), (1, new byte[16]), (5, 1UL))), "join")
            );
            Assert.NotNull(await node.MessageAsync()); // who has a certificate gets in all the same
        }
        await target.AssertUndisturbedAsync();
        idle.ForEach(client => client.Dispose());
    }

    private static string Sender(string name) => $"akka.tls://node@{name}:4711/user/node";

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(target.Address));
        return client;
    }
}
