using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

public class NodeSpecs : EndToEndSpec
{
    private static bool Has(JsonNode nodes, string name, string state) =>
        nodes.AsArray().Any(node => (string)node!["name"]! == name && (string)node["state"]! == state);

    [Fact]
    public async Task Node_by_hand_should_join_work_and_leave()
    {
        var (host, address) = StartHost("--nodes", "1");
        await using var _host = host;
        var node = MailroomProcess.StartNode("--host", address, "--name", "My_Own.node", "--workers", "2", "--state", State);
        node.ErrorLine($"My_Own.node joined {address} with 2 workers");
        Assert.True(Has((await Mailroom("nodes", "--json")).Json, "My_Own.node", "up"));
        var run = await Mailroom("send", "practice", "--count", "300", "--work", "2ms", "--by", "processes", "--json");
        Assert.Equal(3, (int)run.Json["workers"]!);
        MailroomProcess.Signal(node.Pid, "TERM");
        var ended = await node.EndAsync();
        Assert.Equal((0, "My_Own.node left"), (ended.ExitCode, ended.Error));
        await Until(nodes => nodes.AsArray().All(other => (string)other!["name"]! != "My_Own.node"), "nodes");
        await node.DisposeAsync();
    }

    [Fact]
    public async Task Killed_node_should_cost_no_piece_and_come_back_and_leave_its_reason_and_its_last_words()
    {
        var (host, _) = StartHost("--nodes", "2");
        await using var _host = host;
        await Until(nodes => Has(nodes, "node-1", "up") && Has(nodes, "node-2", "up"), "nodes");
        await Mailroom("send", "practice", "--count", "600", "--work", "10ms", "--by", "processes", "--no-wait");
        var nodes = await Until(_ => true, "nodes");
        var pid = (int)nodes.AsArray().Single(node => (string)node!["name"]! == "node-1")!["pid"]!;
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 20, "jobs");
        MailroomProcess.Signal(pid, "KILL");
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal(("completed", 600), ((string)run.Json["state"]!, (int)run.Json["answer"]!["ran"]!));
        var back = await Until(all => Has(all, "node-1", "up"), "nodes");
        var node1 = back.AsArray().Single(node => (string)node!["name"]! == "node-1")!;
        Assert.Equal((1, "killed by signal 9 (SIGKILL)"), ((int)node1["restarts"]!, (string)node1["reason"]!));
        Assert.Contains("killed by signal 9", (await Mailroom("logs", "-n", "1000", "--search", "node.ended")).Out);
        Assert.Contains("node.welcome", (await Mailroom("logs", "-n", "1000", "--node", "node-1")).Out);
    }

    [Fact]
    public async Task Node_of_another_state_folder_should_say_that_this_is_not_its_host_and_wait_for_the_right_one()
    {
        var (host, address) = StartHost("--nodes", "1");
        await using var _host = host;
        var other = Path.Combine(Folder, "other");
        // A host with nodes has been there.
        await MailroomProcess.RunAsync("send", "practice", "--count", "1", "--by", "processes", "--state", other);
        var node = MailroomProcess.StartNode("--host", address, "--name", "mine", "--state", other);
        Assert.Contains(
            "its certificate is not signed by the authority of this state folder",
            node.ErrorLine("mine waits: who listens at " + address)
        );
        Assert.DoesNotContain("mine", (await Mailroom("nodes")).Out);
        MailroomProcess.Signal(node.Pid, "TERM");
        var ended = await node.EndAsync();
        Assert.Equal(0, ended.ExitCode);
        Assert.EndsWith("mine ends without having joined", ended.Error);
        await node.DisposeAsync();
    }

    [Fact]
    public async Task Node_should_say_that_no_host_was_ever_started_on_its_state_folder()
    {
        await using var node = MailroomProcess.StartNode(
            "--host",
            "127.0.0.1:4053",
            "--name",
            "mine",
            "--state",
            Path.Combine(Folder, "empty")
        );
        var run = await node.EndAsync();
        Assert.Equal(5, run.ExitCode);
        Assert.Contains("holds no authority of a host; start the host first", run.Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Node_whose_connection_breaks_again_and_again_should_keep_its_session_and_its_pieces(bool half)
    {
        var (host, address) = StartHost("--nodes", "1", "--set", "mailroom.nodes.lease=60s"); // a busy machine may take its time
        await using var _host = host;
        using var relay = new Relay(address);
        await using var node = MailroomProcess.StartNode("--host", relay.Address, "--name", "far", "--state", State);
        node.ErrorLine("far joined");
        await Mailroom(
            "send",
            "mandelbrot",
            "--size",
            "3000x3000",
            "--iterations",
            "2000",
            "--out",
            Path.Combine(Folder, "m.png"),
            "--by",
            "processes",
            "--no-wait"
        ); // its reports are large
        for (var time = 1; time <= 3; time++)
        {
            relay.Break(half);
            var back = time;
            await UntilLogged("node.back", back);
        }
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal("completed", (string)run.Json["state"]!);
        var logs = (await Mailroom("logs", "-n", "100000", "--json")).Out.Split('\n');
        Assert.Single(
            logs,
            line => line.Contains("\"event\":\"node.joined\"", StringComparison.Ordinal) && line.Contains("far", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(logs, line => line.Contains("\"event\":\"door.refused\"", StringComparison.Ordinal));
    }

    private async Task UntilLogged(string name, int times)
    {
        for (var tries = 0; tries < 300; tries++)
            if (
                (await Mailroom("logs", "-n", "100000", "--search", name))
                    .Out.Split('\n')
                    .Count(line => line.Contains(name, StringComparison.Ordinal)) >= times
            )
                return;
        throw new TimeoutException($"'{name}' was not logged {times} times: {(await Mailroom("logs", "-n", "30")).Out}");
    }

    [Fact]
    public async Task Node_should_outlive_its_host_and_join_the_next_one()
    {
        var (first, address) = StartHost("--nodes", "1");
        await using var node = MailroomProcess.StartNode("--host", address, "--name", "mine", "--state", State);
        node.ErrorLine("joined");
        MailroomProcess.Signal(first.Pid, "TERM");
        Assert.Equal(0, (await first.EndAsync()).ExitCode);
        await first.DisposeAsync();
        node.ErrorLine("lost the host");
        var port = address.Split(':')[1];
        await using var second = MailroomProcess.Start(
            "start",
            "--no-prompt",
            "--nodes",
            "1",
            "--state",
            State,
            "--set",
            $"mailroom.remote.port={port}"
        );
        second.ErrorLine("is ready");
        node.ErrorLine("joined");
    }

    [Fact]
    public async Task Own_nodes_should_end_when_their_host_is_killed()
    {
        var (host, _) = StartHost("--nodes", "1");
        var nodes = await Until(all => Has(all, "node-1", "up"), "nodes");
        var pid = (int)nodes[0]!["pid"]!;
        using var node = System.Diagnostics.Process.GetProcessById(pid);
        MailroomProcess.Signal(host.Pid, "KILL");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await node.WaitForExitAsync(patience.Token);
        await host.EndAsync();
        await host.DisposeAsync();
        Assert.Equal(0, (await Mailroom("jobs")).ExitCode); // and the state folder is free again
    }

    [Theory]
    [InlineData("--host", "nonsense", "--name", "x")]
    [InlineData("--host", "127.0.0.1:4053", "--name", "../x")]
    [InlineData("--host", "127.0.0.1:4053", "--name", "x", "--workers", "0")]
    [InlineData("--name", "x")]
    public async Task Bad_options_of_a_node_should_get_one_line_and_exit_2(params string[] arguments)
    {
        await using var node = MailroomProcess.StartNode([.. arguments, "--state", State]);
        var run = await node.EndAsync();
        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain('\n', run.Error);
    }
}
