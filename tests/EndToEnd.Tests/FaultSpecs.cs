using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

/// <summary>Rows of the fault matrix that no other spec here has, each against the log that the pieces write themselves.</summary>
public class FaultSpecs(Xunit.Abstractions.ITestOutputHelper output) : EndToEndSpec
{
    private const int Pieces = 10_000;

    // A lease short enough to wait for, long enough for a busy machine.
    private static readonly string[] ShortLease = ["--set", "mailroom.nodes.lease=2s", "--set", "mailroom.nodes.heartbeat=200ms"];

    private async Task<JsonNode> UpAsync(int nodes) => await Until(all => all.AsArray().Count(node => (string)node!["state"]! == "up") == nodes, "nodes");

    /// <summary>A host whose nodes are up.</summary>
    private async Task<MailroomProcess> StartUpAsync(int nodes)
    {
        var host = StartHost("--nodes", $"{nodes}").Host;
        try
        {
            await UpAsync(nodes);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    private static void AssertAllRanOnce(JsonNode job, int dead = 0)
    {
        Assert.Equal((Pieces - dead, 0), ((int)job["answer"]!["ran"]!, (int)job["answer"]!["twice"]!));
        Assert.Equal((Pieces - dead, dead), ((int)job["pieces"]!["done"]!, (int)job["pieces"]!["dead"]!));
    }

    [Theory]
    [InlineData("kill-node")]
    [InlineData("hang-node")]
    [InlineData("poison")]
    [InlineData("crash-piece")]
    [InlineData("kill-host")]
    public async Task Drill_should_find_that_nothing_was_lost(string drill)
    {
        var run = await Mailroom(["drill", drill, "--pieces", "2000", "--json", .. ShortLease]);
        output.WriteLine(run.Out);
        Assert.Equal((0, true, 0, 0), (run.ExitCode, (bool)run.Json["passed"]!, (int)run.Json["lost"]!, (int)run.Json["recordedTwice"]!));
        Assert.True((int)run.Json["attempts"]! >= 2000);
    }

    [Fact]
    public async Task Drill_that_is_broken_off_should_leave_nothing_running_and_nothing_behind()
    {
        var before = Traces();
        await using var host = await StartUpAsync(1);
        await using var drill = MailroomProcess.Start("--state", State, "drill", "poison", "--pieces", "1M");
        await Until(jobs => jobs.AsArray().Any(job => (int)job!["pieces"]!["done"]! > 0), "jobs");
        Assert.NotEmpty(Traces().Except(before));
        MailroomProcess.Signal(drill.Pid, "INT");
        Assert.Equal(130, (await drill.EndAsync()).ExitCode);
        Assert.Equal("cancelled", (string)(await Mailroom("jobs", "--json")).Json[0]!["state"]!);
        Assert.Empty(Traces().Except(before));

        // No other spec drills at the same time: those of one class run one after the other.
        static string[] Traces() => Directory.GetDirectories(Path.GetTempPath(), "mailroom-drill*");
    }

    [Fact]
    public async Task Job_by_processes_should_say_that_no_node_is_left_and_go_on_when_one_is_added()
    {
        await using var host = await StartUpAsync(1);
        await Mailroom("send", "practice", "--count", "1k", "--work", "5ms", "--by", "processes", "--no-wait");
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 0, "jobs");
        Assert.Equal(0, (await Mailroom("nodes", "stop", "node-1")).ExitCode);
        var waits = await Until(jobs => jobs[0]!["reason"] is not null, "jobs");
        Assert.Equal(("running", "no node is left to run it; 'mailroom nodes add' starts one"), ((string)waits[0]!["state"]!, (string)waits[0]!["reason"]!));
        var drill = await Mailroom("drill", "kill-node");
        Assert.Equal(1, drill.ExitCode);
        Assert.Contains("waits: no node is left to run it", drill.Error);
        await Mailroom("nodes", "add");
        Assert.Equal((1000, 0), ((await Mailroom("jobs", "wait", "1", "--json")).Json["pieces"] is var pieces ? (int)pieces!["done"]! : 0, (int)pieces!["dead"]!));
    }

    [Fact]
    public async Task Host_killed_at_random_moments_should_lose_nothing()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using (var first = StartHost("--nodes", "2").Host)
        {
            await Mailroom("send", "practice", "--count", $"{Pieces}", "--work", "1ms", "--trace", Trace, "--by", "processes", "--no-wait");
            await KillAsync(first, random);
        }
        for (var kill = 0; kill < 2; kill++)
        {
            await using var next = StartHost("--nodes", "2").Host;
            await KillAsync(next, random);
        }
        await using var last = StartHost("--nodes", "2").Host;
        AssertAllRanOnce((await Mailroom("jobs", "wait", "1", "--json")).Json);
        Assert.Equal(Pieces, Ran().Count);
    }

    private async Task KillAsync(MailroomProcess host, Random random)
    {
        // The moment is counted in pieces, not in time: so it is the same wherever it is repeated.
        var done = (int)(await Mailroom("jobs", "--json")).Json[0]!["pieces"]!["done"]! + random.Next(1, Pieces / 5);
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! >= Math.Min(done, Pieces), "jobs");
        MailroomProcess.Signal(host.Pid, "KILL");
        await host.EndAsync();
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
            "send", "practice", "--count", $"{Pieces}", "--crash-at", "77", "--crash-by", by, "--trace", Trace, "--by", "processes", "--workers", "2", "--json", "--set", "mailroom.nodes.min-backoff=50ms");
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

    [Theory]
    [InlineData("processes", "its process is ended")]
    [InlineData("threads", "its thread is left behind, because a thread can't be ended; run such work by processes")]
    [InlineData("async", "its thread is left behind, because a thread can't be ended; run such work by processes")]
    public async Task Hung_piece_should_die_of_its_time_limit_and_the_pool_be_whole_again(string by, string said)
    {
        var (host, _) = StartHost("--nodes", "2", "--set", "mailroom.pool.grace=200ms");
        await using var _host = host;
        await UpAsync(2);
        var run = await Mailroom("send", "practice", "--count", $"{Pieces}", "--hang-at", "77", "--timeout", "1s", "--attempts", "2", "--trace", Trace, "--by", by, "--json");
        AssertAllRanOnce(run.Json, dead: 1);
        Assert.Equal($"timed out after 1.0s and did not end when it was told to; {said}", (string)run.Json["failures"]![0]!["reason"]!);
        Assert.Equal(2, Ran()[77]);
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
        Assert.Contains("it has no workers: node-1 and all other nodes are given up, the last: killed by signal 9 (SIGKILL)", (string)run.Json["reason"]!);
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
                return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name.StartsWith("pipe:", StringComparison.Ordinal) == true;
            }
            catch (IOException)
            {
                return false; // closed since
            }
        }
    }

    [RootFact]
    public async Task Full_disk_should_hold_the_jobs_up_and_lose_nothing()
    {
        Directory.CreateDirectory(State);
        Assert.Equal(0, Shell("mount", "-t", "tmpfs", "-o", "size=12m", "mailroom-test", State));
        try
        {
            await using (StartHost("--nodes", "1").Host)
                await FillAndGrowAsync();
        }
        finally
        {
            Shell("umount", State);
        }
    }

    private async Task FillAndGrowAsync()
    {
        await Mailroom("send", "practice", "--count", "100000000", "--by", "threads", "--no-wait");
        await Until(actors => actors.AsArray().Any(actor => (string)actor!["path"]! == "/user/mailroom/jobs/job-1" && (string)actor["state"]! == "stalled"), "actors");
        var refused = await Mailroom("send", "practice", "--no-wait");
        Assert.Equal(5, refused.ExitCode);
        Assert.Contains("can't be written: SQLite Error 13", refused.Error);
        var held = (int)(await Mailroom("jobs", "--json")).Json[0]!["pieces"]!["done"]!;
        Assert.Equal(0, Shell("mount", "-o", "remount,size=200m", State));
        await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > held + Pieces, "jobs");
        Assert.Equal(0, (await Mailroom("jobs", "cancel", "1")).ExitCode);
        Assert.Equal("completed", (string)(await Mailroom("send", "practice", "--json")).Json["state"]!);
    }

    [Fact]
    public async Task Damaged_journal_should_be_refused_and_kept()
    {
        var journal = Path.Combine(State, "journal.db");
        await using (var host = StartHost("--nodes", "1").Host)
        {
            await Mailroom("send", "practice", "--count", "100000", "--work", "1ms", "--by", "threads", "--no-wait");
            await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 100, "jobs");
            MailroomProcess.Signal(host.Pid, "KILL");
            await host.EndAsync();
        }
        Assert.Equal(0, (await Mailroom("jobs")).ExitCode); // and so all of it is in the one file
        var whole = await File.ReadAllBytesAsync(journal);
        foreach (var damage in new Action<byte[]>[] { bytes => bytes.AsSpan(0, 64).Clear(), bytes => bytes.AsSpan(8192, 4096).Fill(0xff) })
        {
            var damaged = (byte[])whole.Clone();
            damage(damaged);
            await File.WriteAllBytesAsync(journal, damaged);
            var run = await Mailroom("start", "--no-prompt");
            Assert.Equal(5, run.ExitCode);
            Assert.Contains("damaged", run.Error);
            Assert.DoesNotContain('\n', run.Error);
            Assert.Equal(damaged, await File.ReadAllBytesAsync(journal));
        }
        await File.WriteAllBytesAsync(journal, whole[..(whole.Length / 2)]);
        Assert.Equal(5, (await Mailroom("start", "--no-prompt")).ExitCode);
    }

    [Fact]
    public async Task Million_pieces_should_go_on_after_a_kill_in_little_memory()
    {
        await using (var first = StartHost("--nodes", "1").Host)
        {
            await Mailroom("send", "practice", "--count", "1000000", "--by", "threads", "--workers", "1", "--no-wait");
            await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 0, "jobs");
            await Mailroom("jobs", "pause", "1");
            MailroomProcess.Signal(first.Pid, "KILL");
            await first.EndAsync();
        }
        await using var second = StartHost("--nodes", "1").Host;
        Assert.Equal("paused", (string)(await Mailroom("jobs", "--json")).Json[0]!["state"]!);
        await Mailroom("jobs", "resume", "1");
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal((1_000_000, 0), ((int)run.Json["answer"]!["ran"]!, (int)run.Json["answer"]!["twice"]!));
        using var process = Process.GetProcessById(second.Pid);
        Assert.InRange(process.PeakWorkingSet64 / 1_000_000, 1, 400); // docs/benchmarks.md has the figure
    }

    [Fact]
    public async Task Storm_of_exceptions_should_not_drown_the_console_nor_the_disk()
    {
        var (host, _) = StartHost("--nodes", "1", "--set", "mailroom.logs.file-size=1MiB", "--set", "mailroom.logs.files-per-process=2", "--set", "mailroom.jobs.first-delay=0");
        await using var _host = host;
        var run = await Mailroom("send", "practice", "--count", $"{Pieces}", "--fail-every", "1", "--by", "threads", "--json");
        Assert.Equal((Pieces, 0, 4 * Pieces), ((int)run.Json["pieces"]!["dead"]!, (int)run.Json["pieces"]!["done"]!, (int)run.Json["pieces"]!["retried"]!));
        Assert.Equal(0, (await Mailroom("jobs", "show", "1")).ExitCode);
        Assert.InRange(Directory.GetFiles(Path.Combine(State, "logs"), "*-host-*").Sum(file => new FileInfo(file).Length), 1, 4 * 1024 * 1024);
    }

    private static int Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}

/// <summary>A spec that only root can run, because it mounts a file system.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Skip = "it mounts a small file system, which only root can do on Linux";
    }
}
