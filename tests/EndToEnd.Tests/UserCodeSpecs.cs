using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

/// <summary>What users' own code does wrong harms its own job, and neither the host nor the job beside it.</summary>
public sealed class UserCodeSpecs : EndToEndSpec
{
    public static TheoryData<string, string, string> Wrongs
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var by in new[] { "threads", "processes", "async" })
            {
                data.Add("text-throws", by, "its message can't be read, which throws InvalidOperationException");
                data.Add("text-throws-late", by, "its message can't be read, which throws InvalidOperationException");
                data.Add("message-null", by, "MessageNull: it has no message");
                data.Add("message-huge", by, "mmmm…");
                data.Add("null", by, "it gave null, but a piece's result must be a value");
                data.Add("combine", by, "its results can't be combined: its message can't be read");
            }
            return data;
        }
    }

    private static string Odd => Path.Combine(AppContext.BaseDirectory, "OddKinds.dll");

    private Task<Run> Send(string what, string by, params string[] more) =>
        Mailroom(["--kinds", Odd, "send", "odd", what, "--by", by, "--retries", "1", .. more]);

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task Code_that_throws_oddly_should_fail_with_a_reason(string what, string by, string said)
    {
        var run = await Send(what, by, "--timeout", "60s");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(said, run.Error);
        Assert.DoesNotContain("this is a bug", run.Error);
    }

    [Fact]
    public async Task Code_that_blocks_should_hold_up_its_own_job_alone_and_be_cancelled()
    {
        var (host, _) = StartHost("--nodes", "1", "--kinds", Odd);
        await using var _host = host;
        foreach (var what in new[] { "split-blocks", "split-blocks", "split-blocks", "combine-blocks" })
            Assert.Equal(0, (await Mailroom("send", "odd", what, "--by", "threads", "--no-wait")).ExitCode);
        await Until(jobs => jobs.AsArray().Any(job => (int)job!["pieces"]!["done"]! == 3), "jobs");
        Assert.Equal(
            (0, "5 pieces ran"),
            (await Mailroom("send", "practice", "--count", "5", "--by", "threads")) is var run ? (run.ExitCode, run.Out) : default
        );
        foreach (var job in new[] { "1", "2", "3", "4" })
            Assert.Equal(0, (await Mailroom("jobs", "cancel", job)).ExitCode);
        Assert.All(
            (await Mailroom("jobs", "--json")).Json.AsArray().Where(job => (string)job!["kind"]! == "odd"),
            job => Assert.Equal("cancelled", (string)job!["state"]!)
        );
    }

    [Fact]
    public async Task Codec_that_blocks_should_hold_up_the_workers_that_it_reads_for_until_its_job_is_cancelled()
    {
        var (host, _) = StartHost("--nodes", "3", "--kinds", Odd);
        await using var _host = host;
        await Until(nodes => nodes.AsArray().Count(node => (string)node!["state"]! == "up") == 3, "nodes");
        foreach (var job in new[] { "1", "2" })
        {
            var reads = Path.Combine(Folder, job);
            Assert.Equal(
                0,
                (await Mailroom("send", "odd", $"decode-blocks:{reads}", "--by", "processes", "--count", "1", "--no-wait")).ExitCode
            );
            while (!File.Exists(reads))
                await Task.Yield();
        }
        var beside = await Mailroom("send", "practice", "--count", "50", "--by", "processes");
        Assert.Equal((0, "50 pieces ran"), (beside.ExitCode, beside.Out));
        foreach (var job in new[] { "1", "2" })
            Assert.Equal(0, (await Mailroom("jobs", "cancel", job)).ExitCode);
        var workers = await Until(
            all =>
                all.AsArray()
                    .Count(actor =>
                        (string?)actor!["state"] == "idle"
                        && ((string)actor["path"]!).StartsWith("/user/mailroom/nodes/", StringComparison.Ordinal)
                    ) == 3,
            "actors"
        );
        Assert.NotNull(workers);
    }

    [Fact]
    public async Task Piece_that_ends_its_process_in_order_should_be_blamed_as_for_a_crash()
    {
        var (host, _) = StartHost("--nodes", "2", "--kinds", Odd);
        await using var _host = host;
        await Mailroom("send", "practice", "--count", "200", "--work", "10ms", "--by", "processes", "--no-wait");
        var run = await Mailroom("send", "odd", "exit", "--by", "processes");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("3 processes ended while they ran it, the last: node-", run.Error);
        Assert.Contains("exit 0, though nobody had told it to end", run.Error);
        Assert.Equal(0, (await Mailroom("jobs", "wait", "1")).ExitCode);
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("async")]
    public async Task Command_whose_process_a_piece_has_ended_should_not_say_that_all_is_done(string by)
    {
        var run = await Send("exit", by);
        Assert.Equal((1, ""), (run.ExitCode, run.Out));
        Assert.Contains("this process was ended by code of a piece (Environment.Exit)", run.Error);
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    [InlineData("async")]
    public async Task Threads_that_pieces_leave_behind_should_keep_nothing_alive(string by) =>
        Assert.Equal(0, (await Send("thread", by)).ExitCode);

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    [InlineData("async")]
    public async Task Console_of_a_piece_should_be_its_log(string by)
    {
        var run = await Send("writes", by, "--json");
        Assert.Equal("completed", (string)run.Json["state"]!);
        var lines = (await Mailroom("logs", "1", "--json", "--search", "piece.said"))
            .Out.Split('\n')
            .Select(line => JsonNode.Parse(line)!)
            .ToList();
        Assert.Equal(
            [0, 1, 2],
            lines
                .Where(line => line.ToJsonString().Contains("says this", StringComparison.Ordinal))
                .Select(line => (int)line["piece"]!)
                .Order()
        );
        Assert.Contains(lines, line => line.ToJsonString().Contains("complains", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    [InlineData("async")]
    public async Task Piece_should_find_nothing_to_read(string by)
    {
        var run = await MailroomProcess.RunInAsync(
            $"send odd reads --by {by}\nsend practice --count 1 --by threads\n",
            null,
            "--state",
            State,
            "--kinds",
            Odd,
            "--set",
            "mailroom.remote.port=0"
        );
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["completed", "completed"], (await Mailroom("jobs", "--json")).Json.AsArray().Select(job => (string)job!["state"]!));
    }

    [Fact]
    public async Task Pieces_that_hold_every_thread_of_the_pool_should_hold_up_no_lease_and_no_command()
    {
        var (host, _) = StartHost("--nodes", "1", "--kinds", Odd);
        await using var _host = host;
        foreach (var by in new[] { "processes", "threads" })
            Assert.Equal(0, (await Mailroom("send", "odd", "floods", "--by", by)).ExitCode);
        Assert.Equal(0, (await Mailroom("send", "practice", "--count", "130", "--wait", "100ms", "--by", "processes")).ExitCode);
        Assert.Equal("", (await Mailroom("logs", "--search", "node.lost")).Out);
    }
}
