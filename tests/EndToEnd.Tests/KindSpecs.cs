using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

/// <summary>The kinds as a user runs them, each by every technique.</summary>
public class KindSpecs : EndToEndSpec
{
    private static readonly string[] Techniques = ["threads", "processes", "async"];

    [Fact]
    public async Task Headlines_should_agree_with_the_newsroom_by_every_technique_although_requests_fail()
    {
        await using var newsroom = MailroomProcess.Start(
            "newsroom",
            "--port",
            "0",
            "--sources",
            "20",
            "--delay",
            "5ms",
            "--fail",
            "10",
            "--json"
        );
        var room = JsonNode.Parse(newsroom.OutLine("url"))!;
        foreach (var by in Techniques)
        {
            var run = await Mailroom("send", "headlines", "storm", "--api", (string)room["url"]!, "--by", by, "--retries", "20", "--json");
            Assert.Equal((0, (int)room["hits"]!, 20), (run.ExitCode, (int)run.Json["answer"]!["hits"]!, (int)run.Json["pieces"]!["done"]!));
        }
        var nobody = await Mailroom("send", "headlines", "storm", "--api", "http://127.0.0.1:1", "--retries", "1");
        Assert.Equal(1, nobody.ExitCode);
        Assert.Contains("http://127.0.0.1:1/sources?language=en gave no list of sources: Connection refused", nobody.Error);
    }

    [Fact]
    public async Task Mandelbrot_should_be_the_same_picture_by_every_technique()
    {
        var files = new List<byte[]>();
        foreach (var by in Techniques)
        {
            var picture = Path.Combine(Folder, by + ".png");
            var run = await Mailroom("send", "mandelbrot", "--size", "300x200", "--out", picture, "--by", by);
            Assert.Equal((0, picture), (run.ExitCode, run.Out));
            files.Add(await File.ReadAllBytesAsync(picture));
        }
        Assert.All(files, file => Assert.Equal(files[0], file));
    }

    [Fact]
    public async Task Words_should_be_counted_alike_by_every_technique()
    {
        var text = Path.Combine(Folder, "text");
        await File.WriteAllTextAsync(text, string.Concat(Enumerable.Range(0, 400_000).Select(i => $"wörd{i % 5000} and ")) + "and");
        foreach (var by in Techniques)
        {
            var run = await Mailroom("send", "words", text, "--top", "1", "--by", by, "--json");
            Assert.Equal("""{"total":800001,"distinct":5001,"top":[{"word":"and","times":400001}]}""", run.Json["answer"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Command_should_take_its_inputs_from_stdin_and_print_in_their_order_by_every_technique()
    {
        foreach (var by in Techniques)
        {
            var run = await MailroomProcess.RunInAsync(
                "3\n1\n2\n",
                Folder,
                "send",
                "command",
                "--by",
                by,
                "--state",
                State,
                "--",
                "sh",
                "-c",
                "sleep 0.0{}; echo {#}:{}"
            );
            Assert.Equal((0, "1:3\n2:1\n3:2"), (run.ExitCode, run.Out));
        }
    }

    [Fact]
    public async Task Command_should_fail_with_its_runs_and_halt_when_told_to()
    {
        var inputs = Path.Combine(Folder, "inputs");
        await File.WriteAllLinesAsync(inputs, Enumerable.Range(0, 50).Select(i => $"{i}"));
        var all = await Mailroom("send", "command", "--inputs", inputs, "--json", "--", "sh", "-c", "echo out; exit $(( {} % 2 ))");
        Assert.Equal(
            (1, "failed", 25, 50),
            (all.ExitCode, (string)all.Json["state"]!, (int)all.Json["answer"]!["failed"]!, all.Json["answer"]!["runs"]!.AsArray().Count)
        );
        var halted = await Mailroom("send", "command", "--inputs", inputs, "--halt", "now,fail=1", "--json", "--", "false");
        Assert.StartsWith("--halt now,fail=1 ended it", (string)halted.Json["reason"]!);
        var csv = await Mailroom("jobs", "export", "1");
        Assert.Equal(
            (0, "", "number,input,program,machine,started,seconds,exitCode,signal,stdout,stderr,isCut"),
            (csv.ExitCode, csv.Error, csv.Out.Split('\n')[0])
        );
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("async")]
    [InlineData("processes")]
    public async Task Programs_should_not_outlive_a_command_that_was_told_to_end(string by)
    {
        var pid = Path.Combine(Folder, "pid");
        await File.WriteAllTextAsync(Path.Combine(Folder, "input"), "x\n");
        await using var send = MailroomProcess.Start(
            "send",
            "command",
            "--by",
            by,
            "--state",
            State,
            "--inputs",
            Path.Combine(Folder, "input"),
            "--",
            "sh",
            "-c",
            $"echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 1000; true"
        );
        while (!File.Exists(pid))
            await Task.Yield();
        MailroomProcess.Signal(send.Pid, "TERM");
        await send.EndAsync();
        // A node ends a moment after its host.
        while (Directory.Exists($"/proc/{(await File.ReadAllTextAsync(pid)).Trim()}"))
            await Task.Yield();
    }

    [Fact]
    public async Task Host_that_was_started_without_a_kind_should_be_named_where_that_is_sent_to_it()
    {
        var (host, _) = StartHost("--nodes", "0");
        await using var _host = host;
        var run = await Mailroom("--kinds", Dll("OddKinds.dll"), "send", "odd", "fine");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("there is no kind 'odd'", run.Error);
        Assert.EndsWith("the host that runs here was started without that --kinds: stop it, and start it with it", run.Error);
    }

    [Fact]
    public async Task Programs_should_not_be_run_by_a_node_whose_settings_do_not_allow_it()
    {
        var (host, address) = StartHost("--nodes", "1", "--set", "mailroom.nodes.start-timeout=60s");
        await using var _host = host;
        await using var node = MailroomProcess.StartNode("--host", address, "--name", "mine", "--workers", "2", "--state", State);
        node.ErrorLine("mine joined");
        await Until(nodes => nodes.AsArray().All(one => (string)one!["state"]! == "up"), "nodes");
        var run = await MailroomProcess.RunInAsync(
            "1\n2\n3\n",
            Folder,
            "send",
            "command",
            "--by",
            "processes",
            "--state",
            State,
            "--json",
            "--",
            "echo"
        );
        Assert.Equal(("completed", 1), ((string)run.Json["state"]!, (int)run.Json["workers"]!));
        Assert.Contains("mine: doesn't run programs", (await Mailroom("logs", "--search", "job.declined")).Out);
        Assert.DoesNotContain("job.declined", (await Mailroom("logs", "--level", "warning")).Out); // it is as its settings say

        var (refusing, other) = (Path.Combine(Folder, "refusing"), "mailroom.programs.allowed=off");
        var refused = await MailroomProcess.RunInAsync(
            "1\n",
            Folder,
            "send",
            "command",
            "--by",
            "threads",
            "--state",
            refusing,
            "--set",
            other,
            "--",
            "echo"
        );
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("it has no workers: host doesn't run programs: its settings say mailroom.programs.allowed = off", refused.Error);
    }

    [Fact]
    public async Task Own_kind_should_run_by_every_technique_and_be_known_to_whoever_talks_to_its_host()
    {
        foreach (var by in Techniques)
        {
            var run = await Mailroom("--kinds", Dll("MyKinds.dll"), "send", "collatz", "--below", "200k", "--by", by);
            Assert.Equal((0, "156159 takes 382 steps"), (run.ExitCode, run.Out));
        }
        var unknown = await Mailroom("send", "collatz");
        Assert.Equal(3, unknown.ExitCode);
        var (host, _) = StartHost("--nodes", "1", "--kinds", Dll("MyKinds.dll"));
        await using var _host = host;
        Assert.Equal("156159 takes 382 steps", (await Mailroom("send", "collatz", "--below", "200k", "--by", "processes")).Out);
        Assert.Contains("collatz", (await Mailroom("kinds")).Out);
    }

    [Fact]
    public async Task Node_with_another_version_of_a_kind_should_be_refused_for_it_with_both_named()
    {
        var other = Path.Combine(Folder, "MyKinds.dll");
        await File.WriteAllBytesAsync(other, [.. await File.ReadAllBytesAsync(Dll("MyKinds.dll")), 0]);
        var (host, address) = StartHost("--nodes", "1", "--kinds", Dll("MyKinds.dll"));
        await using var _host = host;
        await using var node = MailroomProcess.StartNode("--host", address, "--name", "mine", "--state", State, "--kinds", other);
        var ended = await node.EndAsync();
        Assert.Equal(5, ended.ExitCode);
        Assert.Matches(
            @"the host refused mine: it has another collatz: MyKinds \S+ \(sha256 \w{12}\), "
                + @"but the host has MyKinds \S+ \(sha256 \w{12}\); both need the same assembly",
            ended.Error
        );
    }

    [Fact]
    public async Task Node_that_trusts_its_host_should_take_its_kinds_and_run_them_and_another_leave_them_to_others()
    {
        var own = Path.Combine(Folder, "own", "MyKinds.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(own)!);
        File.Copy(Dll("MyKinds.dll"), own);
        var (host, address) = StartHost("--nodes", "0", "--kinds", own);
        await using var _host = host;
        string[] join = ["--host", address, "--state", State, "--name"];
        await using var other = MailroomProcess.StartNode([.. join, "other"]);
        other.ErrorLine("other joined ");
        await using var node = MailroomProcess.StartNode([.. join, "mine", "--trust-kinds"]);
        node.ErrorLine("mine joined ");
        var run = await Mailroom("send", "collatz", "--below", "200k", "--nodes", "*", "--json");
        Assert.Equal(("completed", 156159), ((string)run.Json["state"]!, (int)run.Json["answer"]!["number"]!));
        Assert.Matches(@"INF mine /user/node kinds.taken collatz of MyKinds \S+ \(sha256 \w{12}\)", (await Mailroom("logs")).Out);
        Assert.Contains("doesn't know the kind collatz; start it with --kinds", (await Mailroom("logs", "--search", "declined")).Out);
    }

    [Theory]
    [InlineData("split", "threads", "its pieces can't be made: split went wrong on purpose")]
    [InlineData("result", "processes", "its result, a Result, can't be serialised: ")]
    public async Task Own_kind_that_goes_wrong_should_be_told_in_one_line(string what, string by, string said)
    {
        var run = await Mailroom("--kinds", Dll("OddKinds.dll"), "send", "odd", what, "--by", by);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(said, run.Error);
        Assert.DoesNotContain("   at ", run.Error);
    }

    [Fact]
    public async Task Name_that_is_taken_should_be_told_in_one_line()
    {
        var run = await Mailroom("--kinds", Dll("OddKinds.dll"), "--kinds", Dll("OddKinds.dll"), "kinds");
        Assert.Equal(
            (2, $"--kinds {Dll("OddKinds.dll")}: the name 'blob' of Blob is taken by OddKinds.Blob; give it another Name"),
            (run.ExitCode, run.Error)
        );
    }

    [Theory]
    [InlineData(130_000)]
    [InlineData(10_000_000)]
    public async Task Big_results_should_come_over_whole(int bytes)
    {
        var run = await Mailroom(
            "--kinds",
            Dll("OddKinds.dll"),
            "send",
            "odd",
            "fine",
            "--bytes",
            $"{bytes}",
            "--by",
            "processes",
            "--json"
        );
        Assert.Equal(("completed", 3 * bytes), ((string)run.Json["state"]!, (int)run.Json["answer"]!));
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    [InlineData("async")]
    public async Task Result_over_the_limit_should_fail_its_piece_with_size_and_limit(string by)
    {
        var run = await Mailroom(
            "--kinds",
            Dll("OddKinds.dll"),
            "send",
            "odd",
            "fine",
            "--bytes",
            "3000000",
            "--by",
            by,
            "--set",
            "mailroom.wire.max-result=2MiB"
        );
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("bytes; at most 2097152 are taken (mailroom.wire.max-result)", run.Error);
    }
}
