using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

public class OneShotSpecs : EndToEndSpec
{
    [Fact]
    public async Task Send_should_give_the_same_bits_by_every_technique_and_any_number_of_workers()
    {
        var answers = new List<string>();
        foreach (var (by, workers) in new[] { ("threads", "1"), ("threads", "3"), ("async", "1"), ("processes", "2") })
        {
            var run = await Mailroom(
                "send",
                "integrate",
                "x^2",
                "--from",
                "0",
                "--to",
                "10",
                "--steps",
                "10M",
                "--by",
                by,
                "--workers",
                workers,
                "--json"
            );
            Assert.Equal(0, run.ExitCode);
            Assert.Equal(("completed", by), ((string)run.Json["state"]!, (string)run.Json["by"]!));
            answers.Add(run.Json["answer"]!["value"]!.ToJsonString());
        }
        Assert.Single(answers.Distinct());
        Assert.Equal(1, double.Parse(answers[0], System.Globalization.CultureInfo.InvariantCulture) * 3 / 1000, 1e-9);
    }

    [Theory]
    [InlineData("--pieces asks for 8, but practice cuts this job into 3, by its arguments", "practice", "--count", "3")]
    [InlineData("", "integrate", "x", "--from", "0", "--to", "1", "--steps", "1k")]
    public async Task Send_should_say_where_a_kind_has_pieces_of_its_own(string said, params string[] job)
    {
        var run = await Mailroom(["send", .. job, "--pieces", "8", "--by", "threads"]);
        Assert.Equal((0, said), (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task Send_should_wait_between_attempts_as_the_job_says_and_not_the_settings()
    {
        string[] job =
        [
            "send",
            "practice",
            "--count",
            "2",
            "--fail-at",
            "1",
            "--attempts",
            "4",
            "--by",
            "threads",
            "--backoff",
            "0s",
            "--json",
        ];
        var run = await Mailroom(["--set", "mailroom.jobs.first-delay=1h", "--set", "mailroom.jobs.max-delay=1d", .. job]);
        Assert.Equal((1, 3), (run.ExitCode, (int)run.Json["pieces"]!["retried"]!));
        var wrong = await Mailroom("send", "practice", "--backoff", "2d");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("--backoff is '2d', but it takes a duration", wrong.Error);
    }

    [Fact]
    public async Task Jobs_that_have_ended_should_be_removed_and_leave_no_number_to_others()
    {
        for (var i = 0; i < 3; i++)
            await Mailroom("send", "practice", "--count", "2", "--by", "threads");
        Assert.Equal((0, "job 2 is removed"), await SaidAsync("jobs", "rm", "2"));
        Assert.Equal((3, "there is no job 2; 'mailroom jobs' lists them"), await SaidAsync("jobs", "rm", "2"));
        Assert.Equal((3, "there is no job 2; 'mailroom jobs' lists them"), await SaidAsync("jobs", "show", "2"));
        Assert.Equal((0, "0 jobs removed"), await SaidAsync("jobs", "clean", "--older", "1d"));
        Assert.Equal((0, "2 jobs removed"), await SaidAsync("jobs", "clean", "--older", "0s"));
        Assert.Equal("[]", (await Mailroom("jobs", "--json")).Out);
        Assert.Equal(4, (int)(await Mailroom("send", "practice", "--count", "1", "--by", "threads", "--json")).Json["job"]!);
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        Assert.Equal("[4]", (await Mailroom("jobs", "clean", "--older", "0s", "--json")).Out);
        await Mailroom("send", "practice", "--count", "1000", "--wait", "1s", "--by", "async", "--no-wait");
        Assert.Equal((5, "job 5 has not ended; 'mailroom jobs cancel 5' ends it"), await SaidAsync("jobs", "rm", "5"));
        await Mailroom("jobs", "cancel", "5");
        Assert.Equal((0, "job 5 is removed"), await SaidAsync("jobs", "rm", "5"));

        async Task<(int, string)> SaidAsync(params string[] words)
        {
            var run = await Mailroom(words);
            return (run.ExitCode, run.Error);
        }
    }

    [Fact]
    public async Task Sends_from_many_shells_at_once_should_all_be_done()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Mailroom("send", "practice", "--count", "3", "--by", "threads")));
        Assert.All(runs, run => Assert.True(run is { ExitCode: 0, Out: "3 pieces ran" }, $"{run.ExitCode}: {run.Out} {run.Error}"));
        Assert.Equal(6, (await Mailroom("jobs", "--json")).Json.AsArray().Count(job => (string)job!["state"]! == "completed"));
    }

    [Fact]
    public async Task Send_should_print_only_the_answer_into_a_pipe()
    {
        var run = await Mailroom("send", "integrate", "x", "--from", "0", "--to", "2");
        Assert.Equal((0, "2", ""), (run.ExitCode, run.Out, run.Error));
    }

    [Fact]
    public async Task Send_by_threads_should_start_no_node()
    {
        await Mailroom("send", "practice", "--count", "10", "--by", "threads");
        var logs = await Mailroom("logs", "-n", "1000");
        Assert.Contains("job.accepted", logs.Out);
        Assert.DoesNotContain("node.started", logs.Out);
    }

    [Fact]
    public async Task Checksum_should_print_what_sha256sum_accepts()
    {
        var folder = Path.Combine(Folder, "files");
        Directory.CreateDirectory(Path.Combine(folder, "sub"));
        for (var i = 0; i < 20; i++)
            await File.WriteAllBytesAsync(Path.Combine(folder, i % 2 == 0 ? "sub" : ".", $"file {i}"), new byte[i * 10_000]);
        var run = await MailroomProcess.RunInAsync(
            null,
            folder,
            "send",
            "checksum",
            "sub",
            "file 1",
            "--by",
            "processes",
            "--out",
            Path.Combine(Folder, "sums"),
            "--state",
            State
        );
        Assert.Equal((0, ""), (run.ExitCode, run.Out));
        using var check = Process.Start(
            new ProcessStartInfo("sha256sum", ["--strict", "--quiet", "-c", Path.Combine(Folder, "sums")]) { WorkingDirectory = folder }
        )!;
        await check.WaitForExitAsync();
        Assert.Equal(0, check.ExitCode);
    }

    [Fact]
    public async Task Send_should_exit_1_and_name_the_dead_piece_and_keep_the_others()
    {
        var run = await Mailroom("send", "practice", "--count", "10", "--fail-at", "3", "--attempts", "1", "--json");
        Assert.Equal((1, "failed"), (run.ExitCode, (string)run.Json["state"]!));
        Assert.Equal((9, 1), ((int)run.Json["pieces"]!["done"]!, (int)run.Json["pieces"]!["dead"]!));
        Assert.Equal(
            """{"piece":3,"attempts":1,"reason":"InvalidOperationException: piece 3 fails on purpose (--fail-at 3)","node":"host"}""",
            run.Json["failures"]![0]!.ToJsonString()
        );
    }

    [Fact]
    public async Task Jobs_should_outlive_their_host()
    {
        await Mailroom("send", "integrate", "x", "--from", "0", "--to", "2", "--name", "mine");
        var jobs = await Mailroom("jobs", "--json");
        Assert.Equal(
            (1, "completed", "mine"),
            ((int)jobs.Json[0]!["job"]!, (string)jobs.Json[0]!["state"]!, (string)jobs.Json[0]!["name"]!)
        );
        Assert.Equal(2.0, (double)(await Mailroom("jobs", "show", "1", "--json")).Json["answer"]!["value"]!);
    }

    [Fact]
    public async Task Script_should_run_its_lines_and_stop_at_the_first_that_fails()
    {
        var run = await Script("# a comment\nsend integrate x --from 0 --to 2\njobs --json\nsned x\nsend integrate x --from 0 --to 4\n");
        Assert.Equal(2, run.ExitCode);
        var lines = run.Out.Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Equal("2", lines[0]);
        Assert.Equal("completed", (string)JsonNode.Parse(lines[1])![0]!["state"]!);
        Assert.Contains("did you mean 'send'?", run.Error);
    }

    [Theory]
    [InlineData(2, "sned")]
    [InlineData(3, "send intergate x")]
    [InlineData(2, "send integrate 2x --from 0 --to 1")]
    [InlineData(2, "send checksum /does/not/exist")]
    [InlineData(2, "send practice --by magic")]
    [InlineData(2, "send practice --workers 0")]
    [InlineData(2, "send practice --timeout soon")]
    [InlineData(2, "send practice --out /does/not/exist/x")]
    [InlineData(3, "jobs show 99")]
    [InlineData(2, "jobs show x")]
    [InlineData(3, "kinds show x")]
    [InlineData(78, "jobs --set mailroom.bogus=1")]
    [InlineData(78, "jobs --set nonsense")]
    [InlineData(78, "jobs --hocon /does/not/exist")]
    [InlineData(1, "send integrate 1/x --from -1 --to 1 --steps 3")]
    public async Task Bad_input_should_get_its_exit_code_and_no_stack_trace(int code, string line)
    {
        var run = await Mailroom(line.Split(' '));
        Assert.Equal(code, run.ExitCode);
        Assert.NotEqual("", run.Error);
        Assert.DoesNotContain("   at ", run.Error);
        Assert.DoesNotContain("this is a bug", run.Error);
        if (code != 1)
            Assert.DoesNotContain('\n', run.Error);
    }

    [Fact]
    public async Task Interrupt_should_cancel_the_job_of_a_one_shot_command()
    {
        await using var send = MailroomProcess.Start(
            "send",
            "practice",
            "--count",
            "1000",
            "--wait",
            "1h",
            "--by",
            "async",
            "--state",
            State
        );
        await Until(jobs => jobs.AsArray().Any(job => (string)job!["state"]! == "running"), "jobs");
        MailroomProcess.Signal(send.Pid, "INT");
        var run = await send.EndAsync();
        Assert.Equal(130, run.ExitCode);
        Assert.Contains("job 1 is cancelled", run.Error);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Script_that_waits_for_its_next_line_should_be_interrupted(string signal)
    {
        await using var script = MailroomProcess.StartScript("--state", State, "--set", "mailroom.remote.port=0");
        Assert.StartsWith("[", await script.AskAsync("kinds --json"));
        MailroomProcess.Signal(script.Pid, signal);
        var run = await script.EndAsync();
        Assert.Contains("interrupted", run.Error);
        Assert.Equal(130, run.ExitCode);
    }

    [Fact]
    public async Task Out_of_reach_state_should_be_told_in_one_line()
    {
        await File.WriteAllTextAsync(State, "a file, not a folder");
        var run = await Mailroom("jobs");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains("can't be used", run.Error);
    }
}
