using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mailroom.Attacker;
using Mailroom.Door;

namespace Mailroom.Benchmarks;

/// <summary>
/// Many nodes of other machines at one host: clients that speak the protocol and do nothing else, because so many real nodes need a machine
/// each. Each is invited, makes a key, gets its certificate, joins, and renews its lease.
/// </summary>
internal static class MembersBenchmark
{
    private const int Members = 200;
    private const int AtOnce = 16;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(20);

    public static async Task RunAsync()
    {
        await using var host = await RunningHost.StartAsync("--nodes", "0", "--set", "mailroom.remote.join-port=0");
        using var control = Control(host.State);
        var version = (string)(await control.GetFromJsonAsync<JsonNode>("/host"))!["version"]!;
        var invitations = new List<Invitation>();
        for (var number = 1; number <= Members; number++)
            invitations.Add(await InviteAsync(control, $"client-{number}"));
        Report.Row("the host's memory before, MB", "", [host.Memory() / 1e6], "0");
        var begun = Stopwatch.GetTimestamp();
        var clients = new List<Client>();
        await Parallel.ForEachAsync(
            invitations,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (invitation, _) =>
            {
                var client = await Client.JoinAsync(invitation, host.Address, version);
                lock (clients)
                    clients.Add(client);
            }
        );
        Report.Row($"{Members} clients are invited already, and join, s", "≤ 30", [Stopwatch.GetElapsedTime(begun).TotalSeconds], "0.0");
        using var over = new CancellationTokenSource(Stay);
        var (cpu, since) = (host.CpuSeconds(), Stopwatch.GetTimestamp());
        await Task.WhenAll(clients.Select(client => client.RenewAsync(Heartbeat, over.Token)));
        var used = (host.CpuSeconds() - cpu) / Stopwatch.GetElapsedTime(since).TotalSeconds;
        var up = (await control.GetFromJsonAsync<JsonArray>("/nodes"))!.Count(node => (string)node!["state"]! == "up");
        Report.Row("of them up after 20 s of heartbeats", $"{Members}", [up], "0");
        Report.Row($"the host's memory with {Members} nodes, MB", "< 500", [host.Memory() / 1e6], "0");
        Report.Row("of a core that the host uses for them, %", "", [100 * used], "0.0");
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static HttpClient Control(string state) =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(state, "control.sock")), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            BaseAddress = new Uri("http://mailroom"),
        };

    private static async Task<Invitation> InviteAsync(HttpClient control, string name)
    {
        using var answer = await control.PostAsync($"/members?name={name}&seconds=900", null);
        return Invitation.Read((string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["invitation"]!);
    }

    /// <summary>A node that runs nothing.</summary>
    private sealed class Client(Intruder connection, string name, string keeper, long session) : IAsyncDisposable
    {
        public static async Task<Client> JoinAsync(Invitation invitation, string address, string version)
        {
            using var certificate = await CertifyAsync(invitation);
            var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
            var connection = await Intruder.EnterAsync(address, certificate);
            await connection.SendAsync(Pdu.Associate(name));
            var join = Pdu.Message(
                (1, Guid.NewGuid().ToByteArray()),
                (2, 1UL),
                (3, Pdu.Text("far")),
                (4, Pdu.Text(version)),
                (5, 1UL),
                (7, 1UL),
                (8, 1UL)
            );
            await connection.SendAsync(Pdu.Tell(Pdu.Gate, Self(name), Pdu.Parcel(0, 0, join), "join"));
            while (await connection.MessageAsync() is { } frame)
                if (Pdu.Read(frame) is { Manifest: "welcome" } welcome)
                    return new Client(connection, name, welcome.Sender, welcome.Session);
            throw new InvalidOperationException($"{name} was not let in");
        }

        public async Task RenewAsync(TimeSpan every, CancellationToken cancellation)
        {
            using var timer = new PeriodicTimer(every);
            try
            {
                while (await timer.WaitForNextTickAsync(cancellation))
                    await connection.SendAsync(Pdu.Tell(keeper, Self(name), Pdu.Parcel(session, 0, []), "renew"));
            }
            catch (OperationCanceledException)
            {
                // it has been there for long enough
            }
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private static string Self(string name) => $"akka.tls://node@{name}:4711/user/node";

        private static async Task<X509Certificate2> CertifyAsync(Invitation invitation)
        {
            var (key, request) = Identity.Ask();
            using var _ = key;
            using var client = new HttpClient(
                new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null } }
            );
            var body = new JsonObject { ["secret"] = invitation.Secret, ["request"] = Convert.ToBase64String(request) };
            using var answer = await client.PostAsJsonAsync($"https://{invitation.Hosts[0]}/join", body);
            var certificate = (string)(await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["certificate"]!;
            using var bare = X509Certificate2.CreateFromPem(certificate);
            return bare.CopyWithPrivateKey(key);
        }
    }
}
