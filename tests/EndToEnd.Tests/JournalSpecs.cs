using Microsoft.Data.Sqlite;

namespace Mailroom.EndToEnd;

/// <summary>
/// Whatever dies, no accepted job is lost and no result counts twice: held against a log that the pieces write themselves.
/// </summary>
public class JournalSpecs : EndToEndSpec
{
    private long Recorded(int job)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(State, "journal.db")};Mode=ReadOnly;Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"select coalesce(sum(pieces), 0) from records where job = {job}";
        return (long)command.ExecuteScalar()!;
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    public async Task Killed_host_should_lose_no_job_and_run_nothing_again_that_was_recorded(string by)
    {
        const int count = 3_000;
        var (first, _) = StartHost("--nodes", "2");
        await Mailroom("send", "practice", "--count", $"{count}", "--work", "1ms", "--trace", Trace, "--by", by, "--no-wait");
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 300, "jobs");
        MailroomProcess.Signal(first.Pid, "KILL");
        await first.EndAsync();
        var recorded = Recorded(1);
        Assert.InRange(recorded, 300, count - 1);
        var afterwards = await Mailroom("jobs", "--json");
        Assert.Equal(recorded, (long)afterwards.Json[0]!["pieces"]!["done"]!);

        var (second, _) = StartHost("--nodes", "2");
        await using var _second = second;
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal(
            ("completed", count, count),
            ((string)run.Json["state"]!, (int)run.Json["answer"]!["ran"]!, (int)run.Json["pieces"]!["done"]!)
        );
        var ran = Ran();
        Assert.Equal(count, ran.Count);
        // Once each, but for those that ran when the host died, and were not recorded.
        Assert.InRange(ran.Values.Sum(), count, count + (count - recorded));
        Assert.InRange(ran.Values.Max(), 1, 2);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Killed_host_should_give_the_same_bits_after_its_restart()
    {
        string[] send = ["send", "integrate", "sin(x)*exp(-x)", "--from", "0", "--to", "10", "--steps", "250M", "--by", "threads"];
        var (first, _) = StartHost("--nodes", "1");
        await Mailroom([.. send, "--no-wait"]);
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 20, "jobs");
        MailroomProcess.Signal(first.Pid, "KILL");
        await first.EndAsync();
        await first.DisposeAsync();
        var (second, _) = StartHost("--nodes", "1");
        await using var _second = second;
        var resumed = await Mailroom("jobs", "wait", "1", "--json");
        var whole = await Mailroom([.. send, "--json"]);
        Assert.Equal(whole.Json["answer"]!.ToJsonString(), resumed.Json["answer"]!.ToJsonString());
    }

    [Fact]
    public async Task Stopped_host_should_leave_its_jobs_to_the_next_one_without_running_a_piece_twice()
    {
        const int count = 2_000;
        var (first, _) = StartHost("--nodes", "1");
        await Mailroom("send", "practice", "--count", $"{count}", "--work", "1ms", "--trace", Trace, "--by", "threads", "--no-wait");
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 100, "jobs");
        MailroomProcess.Signal(first.Pid, "TERM");
        Assert.Equal(0, (await first.EndAsync()).ExitCode);
        await first.DisposeAsync();
        Assert.InRange(Recorded(1), 100, count - 1);
        var (second, _) = StartHost("--nodes", "1");
        await using var _second = second;
        Assert.Equal(count, (int)(await Mailroom("jobs", "wait", "1", "--json")).Json["answer"]!["ran"]!);
        Assert.Equal(count, Ran().Values.Sum());
    }

    [Fact]
    public async Task Killed_node_should_lose_nothing_and_have_nothing_recorded_twice()
    {
        const int count = 3_000;
        var (host, _) = StartHost("--nodes", "2");
        await using var _host = host;
        await Until(nodes => nodes.AsArray().Count(node => (string)node!["state"]! == "up") == 2, "nodes");
        await Mailroom("send", "practice", "--count", $"{count}", "--work", "1ms", "--trace", Trace, "--by", "processes", "--no-wait");
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 300, "jobs");
        MailroomProcess.Signal((int)(await Until(_ => true, "nodes"))[0]!["pid"]!, "KILL");
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal(
            (count, count, 0),
            ((int)run.Json["answer"]!["ran"]!, (int)run.Json["pieces"]!["done"]!, (int)run.Json["pieces"]!["dead"]!)
        );
        Assert.Equal(count, Ran().Count);
    }

    [Fact]
    public async Task Dead_pieces_should_run_again_and_only_these()
    {
        var switched = Path.Combine(Folder, "works-now");
        var inputs = Path.Combine(Folder, "inputs");
        await File.WriteAllLinesAsync(inputs, ["1", "2", "3"]);
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        var first = await Mailroom(
            "send",
            "command",
            "--inputs",
            inputs,
            "--json",
            "--",
            "sh",
            "-c",
            $"echo {{}} >> {Trace}; [ {{}} != 2 ] || [ -e {switched} ]"
        );
        Assert.Equal(("failed", 1), ((string)first.Json["state"]!, (int)first.Json["pieces"]!["dead"]!));
        await File.WriteAllTextAsync(switched, "");
        var again = await Mailroom("jobs", "retry", "1", "--json");
        Assert.Equal(
            (0, "completed", 3, 0),
            (again.ExitCode, (string)again.Json["state"]!, (int)again.Json["answer"]!["ok"]!, (int)again.Json["pieces"]!["dead"]!)
        );
        Assert.Equal(["1", "2", "2", "3"], (await File.ReadAllLinesAsync(Trace)).Order());
        Assert.Equal(5, (await Mailroom("jobs", "retry", "1")).ExitCode);
    }

    [Fact]
    public async Task Paused_job_should_stay_paused_in_the_next_host_and_go_on_when_told_to()
    {
        var (first, _) = StartHost("--nodes", "1");
        await Mailroom("send", "practice", "--count", "1000", "--work", "1ms", "--by", "threads", "--no-wait");
        Assert.Equal("paused", (string)(await Mailroom("jobs", "pause", "1", "--json")).Json["state"]!);
        MailroomProcess.Signal(first.Pid, "KILL");
        await first.EndAsync();
        await first.DisposeAsync();
        var (second, _) = StartHost("--nodes", "1");
        await using var _second = second;
        Assert.Equal("paused", (string)(await Mailroom("jobs", "--json")).Json[0]!["state"]!);
        await Mailroom("jobs", "resume", "1");
        Assert.Equal("completed", (string)(await Mailroom("jobs", "wait", "1", "--json")).Json["state"]!);
    }

    [Fact]
    public async Task Ephemeral_host_should_leave_no_journal()
    {
        var (host, _) = StartHost("--nodes", "1", "--ephemeral");
        await using (host)
            Assert.Equal(0, (await Mailroom("send", "practice", "--count", "10")).ExitCode);
        Assert.False(File.Exists(Path.Combine(State, "journal.db")));
    }

    [Fact]
    public async Task Piece_should_run_again_in_the_foreground_with_the_identical_input()
    {
        await Mailroom("send", "practice", "--count", "10", "--fail-at", "3", "--retries", "1");
        var replayed = await Mailroom("jobs", "replay", "1", "3");
        Assert.Equal(1, replayed.ExitCode);
        Assert.Contains("piece 3 fails on purpose (--fail-at 3)", replayed.Error);
        var fine = await Mailroom("jobs", "replay", "1", "4");
        Assert.Equal((0, "4"), (fine.ExitCode, fine.Out));
        Assert.Equal(3, (await Mailroom("jobs", "replay", "1", "10")).ExitCode);
        Assert.Equal(3, (await Mailroom("jobs", "replay", "9", "0")).ExitCode);
    }
}
