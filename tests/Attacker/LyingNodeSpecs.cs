using System.Buffers.Binary;
using System.Reflection;
using Mailroom.EndToEnd;

namespace Mailroom.Attacker;

/// <summary>A node that was let in, and reports what is not so, harms its own pieces at most.</summary>
public class LyingNodeSpecs : EndToEndSpec
{
    private const string Self = "akka.tls://node@liar:4711/user/node";
    private const string Keeper = Pdu.Gate + "/liar";

    private static string Version =>
        typeof(HostRoot).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static byte[] Join =>
        Pdu.Message((1, new byte[16]), (2, 4711UL), (3, Pdu.Text("here")), (4, Pdu.Text(Version)), (5, 1UL), (7, 1UL), (8, 1UL));

    [Fact]
    public async Task Job_should_be_right_though_a_node_lies_of_all_its_pieces_until_it_is_sent_away()
    {
        var (host, address) = StartHost("--nodes", "1");
        await using var _host = host;
        await Until(nodes => nodes.AsArray().Any(node => (string)node!["state"]! == "up"), "nodes");
        var forger = Forger.Of(State);
        await using var liar = await Intruder.AsNodeAsync(address, forger, "liar");
        await liar.SendAsync(Pdu.Tell(Pdu.Gate, Self, Pdu.Parcel(0, 0, Join), "join"));
        var welcome = Pdu.Read((await liar.MessageAsync())!);
        Assert.Equal("welcome", welcome.Manifest);
        await liar.SendAsync(Pdu.Tell(Keeper, Self, Pdu.Parcel(welcome.Session, 1, Pdu.Message((1, 1UL))), "ask"));
        // A busy machine may take longer than a lease until there is a job.
        using var over = new CancellationTokenSource();
        var renewing = liar.RenewAsync(Keeper, Self, welcome.Session, over.Token);
        var job = Mailroom(
            "send",
            "practice",
            "--count",
            "400",
            "--work",
            "5ms",
            "--by",
            "processes",
            "--trace",
            Trace,
            "--nodes",
            "*",
            "--json"
        );

        var lies = 0;
        for (
            var message = Pdu.Read((await liar.MessageAsync())!);
            message.Manifest != "dismissed";
            message = Pdu.Read((await liar.MessageAsync())!)
        )
        {
            if (message.Manifest != "lease")
                continue;
            var lease = Pdu.Fields(message.Body);
            foreach (var piece in Pieces((byte[])lease[4]).Take(3 - lies))
            {
                byte[][] ends =
                [
                    Outcome(piece), // done, without a result
                    Outcome(piece, (4, Pdu.Text("no practice")), (5, 1UL)), // a result that can't be read
                    Outcome(piece, (3, 3UL)), // crashed
                ];
                await liar.SendAsync(
                    Pdu.Tell(
                        Keeper,
                        Self,
                        Pdu.Parcel(welcome.Session, 1, Pdu.Message((1, lease[1]), (2, ends[lies]), (3, (ulong)(lies + 1)), (4, lease[2]))),
                        "report"
                    )
                );
                lies++;
            }
        }

        Assert.Equal(3, lies);
        await over.CancelAsync();
        await renewing;
        var run = await job;
        Assert.Equal(
            ("completed", 400, 0),
            ((string)run.Json["state"]!, (int)run.Json["answer"]!["ran"]!, (int)run.Json["answer"]!["twice"]!)
        );
        Assert.Equal(400, Ran().Count);
        var node = (await Mailroom("nodes", "--json")).Json.AsArray().Single(node => (string)node!["name"]! == "liar")!;
        Assert.Equal("gone", (string)node["state"]!);
        Assert.StartsWith("it reported 3 times what can't be, the last: piece ", (string)node["reason"]!);
        Assert.Equal(
            3,
            (await Mailroom("logs", "-n", "1000", "--search", "node.lied"))
                .Out.Split('\n')
                .Count(line => line.Contains("liar: it reported piece", StringComparison.Ordinal))
        );
        await liar.SendAsync(Pdu.Tell(Pdu.Gate, Self, Pdu.Parcel(0, 0, Join), "join"));
        var answer = Pdu.Read((await liar.MessageAsync())!);
        // Was on its way when the node was dismissed.
        while (answer.Manifest is "lease" or "open" or "close" or "acknowledged" or "dismissed")
            answer = Pdu.Read((await liar.MessageAsync())!);
        Assert.Equal("refused", answer.Manifest);
    }

    private static byte[] Outcome((int Index, int Attempt) piece, params (int, object)[] more) =>
        Pdu.Message([(1, (ulong)piece.Index), (2, (ulong)piece.Attempt), .. more.OrderBy(field => field.Item1)]);

    // A batch: a byte that says what is listed, the count, the first index or all of them, and attempts if they are listed.
    private static IEnumerable<(int Index, int Attempt)> Pieces(byte[] batch)
    {
        var (count, isListed, hasAttempts) = (Number(0), (batch[0] & 1) != 0, (batch[0] & 2) != 0);
        for (var at = 0; at < count; at++)
            yield return (isListed ? Number(1 + at) : Number(1) + at, hasAttempts ? Number(1 + (isListed ? count : 1) + at) : 1);

        int Number(int at) => BinaryPrimitives.ReadInt32LittleEndian(batch.AsSpan(1 + (at * sizeof(int))));
    }
}
