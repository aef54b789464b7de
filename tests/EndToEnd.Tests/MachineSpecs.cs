using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

public class MachineSpecs : EndToEndSpec
{
    private readonly string[] _hostSettings =
    [
        "mailroom.remote.address=0.0.0.0",
        "mailroom.remote.port=4053",
        "mailroom.remote.join-port=4054",
        $"mailroom.remote.advertise={Machines.HostAddress},{Machines.OtherAddress}",
        "mailroom.nodes.lease=3s",
    ];

    private MailroomProcess StartHostOn(Machines machines)
    {
        var host = MailroomProcess.StartOn(
            machines.OnHost,
            "mailroom",
            ["start", "--no-prompt", "--nodes", "0", "--state", State, .. _hostSettings.SelectMany(set => new[] { "--set", set })]
        );
        host.ErrorLine("is ready");
        return host;
    }

    private static MailroomProcess StartFar(Machines machines, string state, params string[] arguments) =>
        MailroomProcess.StartOn(machines.OnFar, "mailroom-node", [.. arguments, "--state", state]);

    /// <summary>Makes gpu-1 a member.</summary>
    /// <returns>its state folder</returns>
    private async Task<string> JoinFarAsync(Machines machines)
    {
        var far = Path.Combine(Folder, "far");
        var invite = await Mailroom("nodes", "invite", "--name", "gpu-1");
        await using var join = StartFar(machines, far, "join", invite.Out.Split(' ')[2]);
        Assert.Equal(0, (await join.EndAsync()).ExitCode);
        return far;
    }

    private static bool Is(JsonNode nodes, string state) =>
        nodes.AsArray().Any(node => (string)node!["name"]! == "gpu-1" && (string)node["state"]! == state);

    private async Task AssertWholeAsync(int job, int pieces)
    {
        var run = await Mailroom("jobs", "wait", $"{job}", "--json");
        Assert.Equal("completed", (string)run.Json["state"]!);
        Assert.Equal((pieces, 0), ((int)run.Json["answer"]!["ran"]!, (int)run.Json["answer"]!["twice"]!));
    }

    [MachinesFact]
    public async Task Files_should_stay_on_the_machine_that_has_them()
    {
        using var machines = new Machines();
        await using var host = StartHostOn(machines);
        var far = await JoinFarAsync(machines);
        await using var node = StartFar(machines, far);
        node.ErrorLine("gpu-1 joined ");
        var text = Path.Combine(Folder, "text.txt");
        await File.WriteAllTextAsync(text, "one two two");

        await Mailroom("send", "words", text, "--by", "processes", "--no-wait");
        await Until(jobs => (string?)jobs[0]!["reason"] == "it waits for a node on this machine, whose files it uses", "jobs");
        Assert.Equal(0, (await Mailroom("nodes", "add", "1")).ExitCode);
        Assert.Equal("completed", (string)(await Mailroom("jobs", "wait", "1", "--json")).Json["state"]!);

        var elsewhere = await Mailroom("send", "words", text, "--nodes", "gpu-1", "--json"); // the user says that it has them too
        Assert.Equal("completed", (string)elsewhere.Json["state"]!);
        var scattered = await Mailroom("send", "fetch", "http://127.0.0.1:9/a", "--out", Path.Combine(Folder, "out"), "--nodes", "gpu-1");
        Assert.Equal(
            (5, "there is no node with the name or label 'gpu-1' on this machine, whose files it uses; there are node-1, gpu-1 elsewhere"),
            (scattered.ExitCode, scattered.Error)
        );
    }

    [MachinesFact]
    public async Task Files_that_are_sent_along_should_be_read_on_another_machine_and_be_gone_with_their_job()
    {
        using var machines = new Machines();
        await using var host = StartHostOn(machines);
        var far = await JoinFarAsync(machines);
        await using var node = StartFar(machines, far, "--set", "mailroom.programs.allowed=on");
        node.ErrorLine("gpu-1 joined ");
        var here = Path.Combine(Folder, "here");
        Directory.CreateDirectory(Path.Combine(here, "data"));
        for (var number = 0; number < 20; number++)
            await File.WriteAllBytesAsync(Path.Combine(here, "data", $"{number:00}"), new byte[number * 50_000]);
        string[] send = ["send", "checksum", "data", "--directory", here];
        var expected = await Mailroom([.. send, "--by", "threads"]);
        var sent = await Mailroom([.. send, "--send", "data", "--nodes", "gpu-1"]);
        Assert.Equal((0, expected.Out), (sent.ExitCode, sent.Out));
        var listed = await Mailroom("send", "command", "--directory", here, "--send", "data", "--nodes", "gpu-1", "--", "pwd", ":::", "");
        var folder = listed.Out.Trim();
        Assert.StartsWith(Path.Combine(far, "files", "gpu-1", "jobs"), folder);
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists(folder), TimeSpan.FromMinutes(1)), $"{folder} is still there");
        var missing = await Mailroom([.. send, "--send", "data/00", "--nodes", "gpu-1"]);
        Assert.Equal(1, missing.ExitCode);
        Assert.Contains("data/01 can't be read", missing.Error);
        var none = await Mailroom([.. send, "--send", "nowhere"]);
        Assert.Equal((2, $"send: there is no file or folder 'nowhere' in {here}"), (none.ExitCode, none.Error));
    }

    /// <summary>A job of 400 pieces, of which some are done.</summary>
    private async Task BeginAsync(string trace)
    {
        string[] pieces = ["--count", "400", "--work", "5ms", "--trace", trace];
        await Mailroom(["send", "practice", .. pieces, "--by", "processes", "--nodes", "*", "--no-wait"]);
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 20, "jobs");
    }

    [MachinesFact]
    public async Task Node_of_another_machine_should_join_work_and_outlive_a_cut_wire_a_new_host_and_another_address_until_it_is_revoked()
    {
        using var machines = new Machines();
        var host = StartHostOn(machines);
        var far = await JoinFarAsync(machines);
        await using var node = StartFar(machines, far);
        node.ErrorLine($"gpu-1 joined {Machines.HostAddress}:4053 with 1 worker");
        var there = (await Mailroom("nodes", "--json")).Json[0]!;
        Assert.Equal("10.77.0.2", (string)there["address"]!);
        Assert.Matches(@"FROM +MACHINE +VERSION[^\n]*\n[^\n]*10\.77\.0\.2 +\S+ +0\.1", (await Mailroom("nodes")).Out);
        await Until(actors => actors.AsArray().Any(actor => (string)actor!["node"]! == "gpu-1"), "actors");
        Assert.Matches($@"gpu-1 on {Environment.MachineName} at 10\.77\.0\.2", (await Mailroom("actors")).Out);

        await BeginAsync(Trace);
        machines.Cut();
        await Until(nodes => Is(nodes, "gone"), "nodes");
        machines.Mend();
        await AssertWholeAsync(1, 400);

        await BeginAsync(Trace + "2");
        MailroomProcess.Signal(host.Pid, "KILL");
        await host.EndAsync();
        await host.DisposeAsync();
        machines.Move(); // as by a new lease of its router, while it was away
        host = StartHostOn(machines);
        await using var _ = host;
        node.ErrorLine($"gpu-1 joined {Machines.OtherAddress}:4053 with 1 worker");
        await AssertWholeAsync(2, 400);

        Assert.Equal(0, (await Mailroom("nodes", "revoke", "gpu-1")).ExitCode);
        Assert.Equal(5, (await node.EndAsync()).ExitCode);
    }
}
