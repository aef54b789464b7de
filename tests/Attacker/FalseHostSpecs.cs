using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mailroom.EndToEnd;

namespace Mailroom.Attacker;

/// <summary>A node takes nobody for its host but its host, tells nobody else anything, and waits for the right one.</summary>
public class FalseHostSpecs : EndToEndSpec
{
    [Fact]
    public async Task Node_should_join_no_false_host_and_in_the_end_the_right_one()
    {
        await Mailroom("send", "practice", "--count", "1", "--by", "processes"); // a host with nodes was there once
        var forger = Forger.Of(State);
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = listener.LocalEndpoint.ToString()!;
        await using var node = MailroomProcess.StartNode("--host", address, "--name", "mine", "--state", State);
        foreach (var (wrong, certificate) in forger.WrongHosts())
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
            var error = await Record.ExceptionAsync(async () =>
            {
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
                        ClientCertificateRequired = true,
                    }
                );
                Assert.Equal(0, await tls.ReadAsync(new byte[1]));
            });
            Assert.True(error is null or AuthenticationException or IOException, $"{wrong}: {error}");
        }
        await HearAsync(listener, "220 hello\r\n"u8.ToArray()); // another service
        await HearAsync(listener, []); // one that hangs up
        var bait = new TcpListener(IPAddress.Loopback, 0);
        bait.Start();
        using (var client = await listener.AcceptTcpClientAsync())
        {
            await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
            var lure = Forger.NamingAnAddress($"http://{bait.LocalEndpoint}/issuer.crt", isHost: true);
            await Record.ExceptionAsync(() =>
                tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = SslStreamCertificateContext.Create(lure, null, offline: true),
                    }
                )
            );
        }
        listener.Stop();
        Assert.Contains("its certificate", node.ErrorLine("mine waits: who listens at " + address));

        await using var host = MailroomProcess.Start(
            "start",
            "--no-prompt",
            "--nodes",
            "1",
            "--state",
            State,
            "--set",
            $"mailroom.remote.port={address.Split(':')[1]}"
        );
        node.ErrorLine($"mine joined {address}");
        Assert.False(bait.Pending());
        bait.Stop();
    }

    /// <summary>What a node tells somebody of whom it knows nothing: the beginning of a handshake, which names nobody.</summary>
    private static async Task HearAsync(TcpListener listener, byte[] answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var heard = new byte[16_384];
        var count = await client.GetStream().ReadAsync(heard);
        Assert.Equal(0x16, heard[0]);
        Assert.DoesNotContain("mine", System.Text.Encoding.Latin1.GetString(heard, 0, count));
        await client.GetStream().WriteAsync(answer);
    }
}
