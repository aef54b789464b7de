using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

/// <summary>Rows of the fault matrix about nodes, each against the log that the pieces write themselves.</summary>
public class NodeFaultSpecs : NodeFaults
{
    private const int Pieces = 10_000;

    private static void AssertAllRanOnce(JsonNode job, int dead = 0)
    {
        Assert.Equal((Pieces - dead, 0), ((int)job["answer"]!["ran"]!, (int)job["answer"]!["twice"]!));
        Assert.Equal((Pieces - dead, dead), ((int)job["pieces"]!["done"]!, (int)job["pieces"]!["dead"]!));
    }

    [Fact]
    public async Task Job_by_processes_should_say_that_no_node_is_left_and_go_on_when_one_is_added()
    {
        await using var host = await StartUpAsync(1);
        await Mailroom("send", "practice", "--count", "1k", "--work", "5ms", "--by", "processes", "--no-wait");
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 0, "jobs");
        Assert.Equal(0, (await Mailroom("nodes", "stop", "node-1")).ExitCode);
        var waits = await Until(jobs => jobs[0]!["reason"] is not null, "jobs");
        Assert.Equal(
            ("running", "no node is left to run it; 'mailroom nodes add' starts one"),
            ((string)waits[0]!["state"]!, (string)waits[0]!["reason"]!)
        );
        var drill = await Mailroom("drill", "kill-node");
        Assert.Equal(1, drill.ExitCode);
        Assert.Contains("waits: no node is left to run it", drill.Error);
        await Mailroom("nodes", "add");
        Assert.Equal(
            (1000, 0),
            (
                (await Mailroom("jobs", "wait", "1", "--json")).Json["pieces"] is var pieces ? (int)pieces!["done"]! : 0,
                (int)pieces!["dead"]!
            )
        );
    }

    [Fact]
    public async Task Zombie_node_should_be_fenced_and_join_anew()
    {
        var (host, address) = StartHost(["--nodes", "1", .. ShortLease]);
        await using var _host = host;
        await using var node = MailroomProcess.StartNode("--host", address, "--name", "zombie", "--state", State);
        node.ErrorLine("joined");
        await UpAsync(2);
        await Mailroom("send", "practice", "--count", $"{Pieces}", "--work", "1ms", "--trace", Trace, "--by", "processes", "--no-wait");
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > Pieces / 20, "jobs");
        MailroomProcess.Signal(node.Pid, "STOP");
        await Until(nodes => nodes.AsArray().Any(one => (string)one!["name"]! == "zombie" && (string)one["state"]! == "gone"), "nodes");
        Assert.Contains("lease ended: no heartbeat for", (await Mailroom("logs", "-n", "1000", "--search", "node.lost")).Out);
        MailroomProcess.Signal(node.Pid, "CONT");
        node.ErrorLine("joined");
        AssertAllRanOnce((await Mailroom("jobs", "wait", "1", "--json")).Json);
        Assert.Equal(Pieces, Ran().Count);
    }

    [Theory]
    [InlineData("failFast", "piece 77 ends its process on purpose")]
    [InlineData("stackOverflow", "Stack overflow.")]
    [InlineData("thread", "Unhandled exception. System.InvalidOperationException: piece 77 ends its process on purpose")]
    [InlineData("asyncVoid", "Unhandled exception. System.InvalidOperationException: piece 77 ends its process on purpose")]
    public async Task Piece_that_ends_its_process_should_die_alone_with_a_readable_reason(string by, string words)
    {
        var run = await Mailroom(
            "send",
            "practice",
            "--count",
            $"{Pieces}",
            "--crash-at",
            "77",
            "--crash-by",
            by,
            "--trace",
            Trace,
            "--by",
            "processes",
            "--workers",
            "2",
            "--json",
            "--set",
            "mailroom.nodes.min-backoff=50ms"
        );
        Assert.Equal((1, "failed"), (run.ExitCode, (string)run.Json["state"]!));
        AssertAllRanOnce(run.Json, dead: 1);
        var dead = run.Json["failures"]![0]!;
        Assert.Equal(77, (int)dead["piece"]!);
        Assert.Contains("3 processes ended while they ran it, the last: node-", (string)dead["reason"]!);
        Assert.Contains("exit 134 (SIGABRT: the runtime ended the process): " + words, (string)dead["reason"]!);
        Assert.Equal(3, Ran()[77]);
        var shown = await Mailroom("jobs", "show", "1", "--json");
        Assert.Contains(shown.Json["attempts"]!.AsArray(), attempt => (int)attempt!["piece"]! == 77 && (bool)attempt["crashed"]!);
        Assert.NotEmpty(shown.Json["failures"]![0]!["log"]!.AsArray());
    }

    [Fact]
    public async Task Node_that_grows_should_be_started_anew_and_lose_nothing()
    {
        var (host, _) = StartHost("--nodes", "1", "--set", "mailroom.nodes.max-memory=256MiB", "--kinds", Dll("OddKinds.dll"));
        await using var _host = host;
        var run = await Mailroom("send", "leak", "20M", "--count", "30", "--by", "processes", "--json");
        Assert.Equal(("completed", 30, 30), ((string)run.Json["state"]!, (int)run.Json["answer"]!, (int)run.Json["pieces"]!["done"]!));
        Assert.Equal(0, (int)run.Json["pieces"]!["retried"]!);
        var node = (await Mailroom("nodes", "--json")).Json[0]!;
        Assert.NotEqual(0, (int)node["restarts"]!);
        Assert.Matches("^it has [0-9]+ MB of memory, more than mailroom.nodes.max-memory lets it$", (string)node["reason"]!);
        Assert.Contains("node.outgrown", (await Mailroom("logs", "--search", "outgrown")).Out);
        Assert.DoesNotContain("node.", (await Mailroom("logs", "--level", "warning")).Out);
    }

    [Theory]
    [InlineData("processes", "its process is ended")]
    [InlineData("threads", "its thread is left behind, because a thread can't be ended; run such work by processes")]
    [InlineData("async", "its thread is left behind, because a thread can't be ended; run such work by processes")]
    public async Task Hung_piece_should_die_of_its_time_limit_and_the_pool_be_whole_again(string by, string said)
    {
        var (host, _) = StartHost("--nodes", "2", "--set", "mailroom.pool.grace=200ms");
        await using var _host = host;
        await UpAsync(2);
        var run = await Mailroom(
            "send",
            "practice",
            "--count",
            $"{Pieces}",
            "--hang-at",
            "77",
            "--timeout",
            "1s",
            "--attempts",
            "2",
            "--trace",
            Trace,
            "--by",
            by,
            "--json"
        );
        AssertAllRanOnce(run.Json, dead: 1);
        Assert.Equal($"timed out after 1.0s and did not end when it was told to; {said}", (string)run.Json["failures"]![0]!["reason"]!);
        Assert.Equal(2, Ran()[77]);
        var states = (await Mailroom("actors", "--json")).Json.AsArray().Select(actor => (string)actor!["state"]!).ToList();
        Assert.Equal(by == "processes" ? 0 : 2, states.Count(state => state == "left behind"));
        Assert.Equal(by != "processes", states.Exists(state => state.StartsWith("idle, ", StringComparison.Ordinal)));
        await UpAsync(2);
        var after = await Mailroom("send", "practice", "--count", "100", "--by", by, "--json");
        Assert.Equal(100, (int)after.Json["answer"]!["ran"]!);
    }

    [Fact]
    public async Task Cancel_should_say_which_rung_ended_an_endless_loop_and_free_the_nodes_worker()
    {
        await using var host = await StartUpAsync(1);
        await Mailroom("send", "practice", "--count", "100", "--hang-at", "5", "--by", "processes", "--no-wait");
        await Until(actors => actors.AsArray().Any(actor => (int?)actor!["job"] == 1 && (int?)actor["piece"] == 5), "actors");
        var run = await Mailroom("jobs", "cancel", "1");
        Assert.Contains("cancelled by the user; 1 piece did not: its process is ended", run.Out);
        var next = await Mailroom("send", "practice", "--count", "10", "--by", "processes", "--json");
        Assert.Equal("completed", (string)next.Json["state"]!);
        Assert.Equal("ended by the host: piece 5 of job 1 did not end when it was told to", (string)(await UpAsync(1))[0]!["reason"]!);
    }

    [Fact]
    public async Task Flapping_node_should_be_given_up_and_the_host_say_so()
    {
        var (host, _) = StartHost("--nodes", "1", "--set", "mailroom.nodes.max-restarts=3", "--set", "mailroom.nodes.min-backoff=50ms");
        await using var _host = host;
        await Mailroom("send", "practice", "--count", $"{Pieces}", "--work", "1ms", "--by", "processes", "--no-wait");
        var last = 0;
        for (var kill = 0; kill < 4; kill++)
        {
            var nodes = await Until(all => all[0]!["pid"] is { } pid && (int)pid != last && (string)all[0]!["state"]! == "up", "nodes");
            MailroomProcess.Signal(last = (int)nodes[0]!["pid"]!, "KILL");
        }
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal("failed", (string)run.Json["state"]!);
        Assert.Contains(
            "it has no workers: node-1 and all other nodes are given up, the last: killed by signal 9 (SIGKILL)",
            (string)run.Json["reason"]!
        );
        Assert.Contains("pool.degraded", (await Mailroom("logs", "-n", "1000", "--level", "error")).Out);
        var done = (int)run.Json["pieces"]!["done"]!;
        await Mailroom("nodes", "stop", "node-1");
        await Mailroom("nodes", "add");
        var again = await Mailroom("jobs", "retry", "1", "--json"); // what has a result already is not run again
        Assert.Equal(Pieces, (int)again.Json["answer"]!["ran"]!);
        Assert.True(done < Pieces);
    }

    [Fact]
    public async Task Nodes_that_end_should_leave_no_pipes_behind()
    {
        var (host, _) = StartHost("--nodes", "1", "--set", "mailroom.nodes.max-restarts=20", "--set", "mailroom.nodes.min-backoff=50ms");
        await using var _host = host;
        var pipes = new List<int>();
        var last = 0;
        for (var kill = 0; kill < 5; kill++)
        {
            var nodes = await Until(all => all[0]!["pid"] is { } pid && (int)pid != last && (string)all[0]!["state"]! == "up", "nodes");
            pipes.Add(Directory.GetFiles($"/proc/{host.Pid}/fd").Count(IsPipe));
            MailroomProcess.Signal(last = (int)nodes[0]!["pid"]!, "KILL");
        }
        Assert.True(pipes.Distinct().Count() == 1, string.Join(' ', pipes));

        static bool IsPipe(string descriptor)
        {
            try
            {
                return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name.StartsWith("pipe:", StringComparison.Ordinal)
                    == true;
            }
            catch (IOException)
            {
                return false; // closed since
            }
        }
    }
}
