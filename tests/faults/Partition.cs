using System.Globalization;
using System.Text.Json.Nodes;

namespace Mailroom.Faults;

internal static class Partition
{
    private const int Pieces = 30_000;
    private const string HostSpace = "mailroom-host";
    private const string NodeSpace = "mailroom-node";
    private const string HostAddress = "10.77.0.1";
    private const string NodeAddress = "10.77.0.2";

    public static async Task<bool> RunAsync(string[] arguments)
    {
        var seconds = arguments.Length > 0 ? double.Parse(arguments[0], CultureInfo.InvariantCulture) : 15;
        await using var rig = new Rig();
        try
        {
            MakeSpaces();
            await rig.StartHostAsync(In(HostSpace), "--nodes", "1", "--set", "mailroom.remote.address=0.0.0.0");
            var invited = await rig.AskAsync("nodes", "invite", "--name", "far");
            string[] node = [.. In(NodeSpace), Rig.Program("mailroom-node"), "--state", rig.File("far")];
            await rig.Start([.. node, "join", (string)invited!["invitation"]!]).LineAsync("is a member");
            await rig.Start(node).LineAsync("joined");
            await rig.AskAsync(
                "send",
                "practice",
                "--count",
                $"{Pieces}",
                "--work",
                "1ms",
                "--by",
                "processes",
                "--trace",
                rig.Trace,
                "--no-wait"
            );
            await rig.UntilAsync(job => (int)job["pieces"]!["done"]! > Pieces / 10, "jobs", "show", "1");
            Rig.Run("ip", "netns", "exec", HostSpace, "ip", "link", "set", "veth-host", "down");
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            var lost = await rig.CountAsync("node.lost");
            Rig.Run("ip", "netns", "exec", HostSpace, "ip", "link", "set", "veth-host", "up");
            var (_, rejoined) = await rig.UntilAsync(nodes => State(nodes) == "up", "nodes");
            var job = await rig.AskAsync("jobs", "wait", "1");
            Rig.Figure("the link was down for", seconds, "s");
            Rig.Figure("the node was lost", lost, "times");
            Rig.Figure("it was back after the link was", rejoined, "s");
            Rig.Figure("outcomes dropped as late or double", (int)job!["pieces"]!["stale"]!, "");
            return Rig.Kept($"no piece is lost: {job["answer"]!["ran"]} of {Pieces}", (int)job["answer"]!["ran"]! == Pieces)
                & Rig.Kept($"no result is recorded twice: {job["answer"]!["twice"]}", (int)job["answer"]!["twice"]! == 0)
                & (seconds > 6 || Rig.Kept("so short a silence is not noticed", lost == 0))
                & (seconds < 12 || Rig.Kept("the node is lost when its lease has ended", lost > 0));
        }
        finally
        {
            Rig.Run("ip", "netns", "del", HostSpace);
            Rig.Run("ip", "netns", "del", NodeSpace);
        }
    }

    private static string? State(JsonNode nodes) =>
        (string?)nodes.AsArray().FirstOrDefault(node => (string)node!["name"]! == "far")?["state"];

    private static string[] In(string space) => ["ip", "netns", "exec", space];

    private static void MakeSpaces()
    {
        string[][] commands =
        [
            ["ip", "netns", "add", HostSpace],
            ["ip", "netns", "add", NodeSpace],
            ["ip", "link", "add", "veth-host", "netns", HostSpace, "type", "veth", "peer", "name", "veth-node", "netns", NodeSpace],
            [.. In(HostSpace), "ip", "addr", "add", $"{HostAddress}/24", "dev", "veth-host"],
            [.. In(NodeSpace), "ip", "addr", "add", $"{NodeAddress}/24", "dev", "veth-node"],
            [.. In(HostSpace), "ip", "link", "set", "lo", "up"],
            [.. In(NodeSpace), "ip", "link", "set", "lo", "up"],
            [.. In(HostSpace), "ip", "link", "set", "veth-host", "up"],
            [.. In(NodeSpace), "ip", "link", "set", "veth-node", "up"],
        ];
        foreach (var command in commands)
            if (Rig.Run(command) != 0)
                throw new InvalidOperationException($"'{string.Join(' ', command)}' failed; this needs root and iproute2");
    }
}
