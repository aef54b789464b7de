using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

public class HostSpecs : EndToEndSpec
{
    [Fact]
    public async Task Host_should_take_a_free_port_where_the_usual_one_is_taken_and_no_other_was_asked_for()
    {
        using var taken = TakeUsualPort();
        await using var host = MailroomProcess.Start("start", "--no-prompt", "--nodes", "1", "--state", State);
        Assert.Contains("port 4053 is taken", host.ErrorLine("port"));
        Assert.DoesNotContain("127.0.0.1:4053,", host.ErrorLine("is ready"));
        var asked = await MailroomProcess.RunAsync("start", "--no-prompt", "--state", Folder + "/2", "--set", "mailroom.remote.port=4053");
        Assert.Equal(5, asked.ExitCode);
        Assert.Contains("127.0.0.1:4053 can't be opened for nodes", asked.Error);
    }

    // Somebody else's may be there already, which is just as well.
    private static TcpListener? TakeUsualPort()
    {
        var listener = new TcpListener(System.Net.IPAddress.Loopback, 4053);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    [Fact]
    public async Task Commands_should_say_what_is_wrong_although_a_host_runs()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        Assert.Equal(0, (await Mailroom("send", "practice", "--count", "1", "--by", "threads")).ExitCode);
        (int Exit, string Said, string[] Words)[] all =
        [
            (78, "takes KEY=VALUE", ["jobs", "--set", "foo"]),
            (78, "'abc'", ["logs", "--set", "mailroom.threads.workers=abc"]),
            (78, "/nosuch.conf", ["jobs", "--hocon", "/nosuch.conf"]),
            (0, "keeps its own settings", ["jobs", "--set", "mailroom.threads.workers=3"]),
            (3, "nothing is logged of a job 9999", ["logs", "9999"]),
            (0, "nothing is logged that fits", ["logs", "1", "--search", "no such text"]),
            (5, "job 1 has ended, it is completed", ["jobs", "cancel", "1"]),
            (5, "job 1 has ended, it is completed", ["jobs", "pause", "1"]),
            (5, "node-7 is a name of the host's own nodes", ["nodes", "invite", "--name", "node-7"]),
            (2, "--ttl is '9d'", ["nodes", "invite", "--ttl", "9d"]),
            (3, "nobody named 'nobody' is invited or a member", ["nodes", "revoke", "nobody"]),
            (5, "has no rows", ["jobs", "export", "1"]),
            (3, "{\"error\":\"there is no job 7; 'mailroom jobs' lists them\"}", ["jobs", "show", "7", "--json"]),
        ];
        foreach (var (exit, said, words) in all)
        {
            var run = await Mailroom(words);
            Assert.Equal((exit, words), (run.ExitCode, words));
            Assert.Contains(said, run.Error);
        }
        Assert.Equal(0, (await Mailroom("send", "checksum", Environment.ProcessPath!, "--by", "threads")).ExitCode);
        var rows = (await Mailroom("jobs", "export", "2", "--json")).Json.AsArray();
        Assert.Equal(64, ((string)Assert.Single(rows)!["sha256"]!).Length);
    }

    [Fact]
    public async Task Host_should_serve_other_terminals()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        var send = await Mailroom("send", "practice", "--count", "100", "--by", "processes", "--json");
        Assert.Equal(("completed", 100), ((string)send.Json["state"]!, (int)send.Json["answer"]!["ran"]!));
        Assert.Equal(1, (int)(await Mailroom("jobs", "--json")).Json[0]!["job"]!);
        Assert.Equal("up", (string)(await Mailroom("nodes", "--json")).Json[0]!["state"]!);
        var actors = (await Mailroom("actors", "--json")).Json.AsArray().Select(actor => $"{actor!["node"]} {actor["path"]}").ToList();
        Assert.Contains("host /user/mailroom/jobs", actors);
        Assert.Contains("host /user/mailroom/threads/worker-1/thread-1", actors);
        await Until(tree => tree.AsArray().Any(actor => (string)actor!["path"]! == "/user/node/worker-1"), "actors");
        Assert.Contains("job.ended", (await Mailroom("logs", "1")).Out);
    }

    [Fact]
    public async Task Host_should_drain_and_exit_0_on_sigterm()
    {
        var (host, _) = StartHost("--nodes", "1");
        var sent = await Mailroom("send", "practice", "--count", "1000", "--wait", "500ms", "--by", "threads", "--no-wait");
        Assert.StartsWith("job 1 accepted\n  mailroom logs 1\n  mailroom jobs show 1\n  mailroom jobs cancel 1", sent.Out);
        MailroomProcess.Signal(host.Pid, "TERM");
        var run = await host.EndAsync();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("drained", run.Error);
        Assert.Equal("accepted", (string)(await Mailroom("jobs", "show", "1", "--json")).Json["state"]!); // the next host goes on with it
        await host.DisposeAsync();
    }

    [Fact]
    public async Task Second_host_on_a_state_folder_should_be_refused_with_the_pid_of_the_first()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        var second = await Mailroom("start", "--no-prompt");
        Assert.Equal(5, second.ExitCode);
        Assert.Contains($"(process {host.Pid})", second.Error);
        Assert.DoesNotContain('\n', second.Error);
    }

    [Fact]
    public async Task Port_in_use_should_be_told_in_one_line()
    {
        var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var run = await Mailroom("start", "--no-prompt", "--set", $"mailroom.remote.port={port}");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains($"127.0.0.1:{port} can't be opened", run.Error);
        Assert.DoesNotContain('\n', run.Error);
        listener.Dispose();
    }

    [Fact]
    public async Task Port_of_another_host_should_be_in_use()
    {
        var (host, address) = StartHost("--nodes", "1");
        await using var _host = host;
        var second = await MailroomProcess.RunAsync(
            "start",
            "--no-prompt",
            "--state",
            Path.Combine(Folder, "other"),
            "--set",
            $"mailroom.remote.port={address.Split(':')[1]}"
        );
        Assert.Equal(5, second.ExitCode);
        Assert.Contains($"{address} can't be opened", second.Error);
    }

    [Fact]
    public async Task Script_should_run_on_the_host_that_runs_already()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        var run = await MailroomProcess.RunInAsync("send practice --count 3 --by async\njobs show 1\n", null, "--json", "--state", State);
        Assert.Equal(0, run.ExitCode);
        Assert.All(run.Out.Split('\n'), line => Assert.Equal("completed", (string)JsonNode.Parse(line)!["state"]!));
    }

    [Fact]
    public async Task Host_should_be_reached_on_a_state_folder_with_a_long_path()
    {
        var longState = Path.Combine(Folder, new string('x', 100), new string('y', 100));
        await using var host = MailroomProcess.Start(
            "start",
            "--no-prompt",
            "--nodes",
            "1",
            "--state",
            longState,
            "--set",
            "mailroom.remote.port=0"
        );
        host.ErrorLine("is ready");
        var run = await MailroomProcess.RunAsync("nodes", "--json", "--state", longState);
        Assert.Equal("node-1", (string)run.Json[0]!["name"]!);
    }

    [Fact]
    public async Task Control_endpoint_and_authority_should_belong_to_their_owner_only()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(owner, File.GetUnixFileMode(Path.Combine(State, "control.sock")));
        Assert.Equal(owner, File.GetUnixFileMode(Path.Combine(State, "authority.pem")));
        Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(State));
    }

    [Fact]
    public async Task Cancel_should_end_a_job_that_never_would()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        await Mailroom("send", "practice", "--count", "10", "--wait", "1h", "--by", "async", "--no-wait");
        var run = await Mailroom("jobs", "cancel", "1", "--json");
        Assert.Equal((0, "cancelled"), (run.ExitCode, (string)run.Json["state"]!));
        Assert.Equal(1, (await Mailroom("jobs", "wait", "1")).ExitCode);
    }

    [Fact]
    public async Task Logs_should_follow_what_other_terminals_do()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        await using var logs = MailroomProcess.Start("logs", "-f", "-n", "0", "--search", "job.ended", "--state", State);
        await Until(_ => true, "jobs");
        await Mailroom("send", "integrate", "x", "--from", "0", "--to", "2");
        Assert.Contains("job 1 completed", logs.OutLine("job.ended"));
    }

    [Fact]
    public async Task Host_that_was_only_there_for_one_command_should_wait_for_the_jobs_of_others()
    {
        await using var first = MailroomProcess.Start(
            "send",
            "practice",
            "--count",
            "4",
            "--wait",
            "500ms",
            "--by",
            "async",
            "--state",
            State
        );
        await Until(jobs => jobs.AsArray().Count > 0, "jobs");
        var second = await Mailroom("send", "practice", "--count", "8", "--wait", "300ms", "--by", "threads", "--json");
        Assert.Equal((2, "completed"), ((int)second.Json["job"]!, (string)second.Json["state"]!));
        Assert.Equal(0, (await first.EndAsync()).ExitCode);
    }
}
