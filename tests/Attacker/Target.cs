using System.Globalization;
using Mailroom.EndToEnd;

namespace Mailroom.Attacker;

/// <summary>A real host with one node, which the specs of a class attack one after the other.</summary>
public sealed class Target : EndToEndSpec, IAsyncLifetime
{
    private MailroomProcess _host = null!;
    private int _node;
    private long _memory;

    /// <summary>Where nodes join.</summary>
    public string Address { get; private set; } = "";

    internal Forger Forger { get; private set; } = null!;

    internal int Pid => _host.Pid;

    public string StateFolder => State;

    /// <summary>A file that no attack may make come into being.</summary>
    public string Loot => Path.Combine(Folder, "loot");

    public async Task InitializeAsync()
    {
        (_host, Address) = StartHost("--nodes", "1");
        Forger = Forger.Of(State);
        var nodes = await Until(nodes => nodes.AsArray().Count == 1 && (string)nodes[0]!["state"]! == "up", "nodes");
        _node = (int)nodes[0]!["pid"]!;
        // A host that has worked has the memory that work takes.
        await Mailroom("send", "practice", "--count", "1000000", "--by", "processes");
        _memory = Memory("VmHWM:");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    /// <summary>Holds that host and node live on as if nothing had been: no program ran, no log has grown, no memory is held.</summary>
    public async Task AssertUndisturbedAsync()
    {
        var nodes = (await Mailroom("nodes", "--json")).Json.AsArray();
        var own = nodes.Single(node => (string)node!["name"]! == "node-1")!;
        Assert.Equal(("up", _node, 0), ((string)own["state"]!, (int)own["pid"]!, (int)own["restarts"]!));
        Assert.DoesNotContain(nodes, node => (string)node!["name"]! != "node-1" && (string)node["state"]! == "up");
        var run = await Mailroom("send", "practice", "--count", "20", "--by", "processes", "--json");
        Assert.Equal(("completed", 20), ((string)run.Json["state"]!, (int)run.Json["answer"]!["ran"]!));
        Assert.False(File.Exists(Loot));
        Assert.InRange(new DirectoryInfo(Path.Combine(State, "logs")).EnumerateFiles().Sum(file => file.Length), 0, 1_000_000);
        Assert.InRange(Memory("VmRSS:") - _memory, long.MinValue, 50_000_000);
    }

    internal Task<Run> AskAsync(params string[] arguments) => Mailroom(arguments);

    internal Task<System.Text.Json.Nodes.JsonNode> WaitAsync(
        Func<System.Text.Json.Nodes.JsonNode, bool> wanted,
        params string[] arguments
    ) => Until(wanted, arguments);

    private long Memory(string which) =>
        long.Parse(
            File.ReadLines($"/proc/{Pid}/status")
                .Single(line => line.StartsWith(which, StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        ) * 1024;
}
