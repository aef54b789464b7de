using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

/// <summary>Rows of the fault matrix about the host and its disk.</summary>
public class FaultSpecs(Xunit.Abstractions.ITestOutputHelper output) : EndToEndSpec
{
    private const int Pieces = 10_000;

    // Enough to be paused before they are all done.
    private const int Many = 3_000_000;

    private static void AssertAllRanOnce(JsonNode job, int dead = 0)
    {
        Assert.Equal((Pieces - dead, 0), ((int)job["answer"]!["ran"]!, (int)job["answer"]!["twice"]!));
        Assert.Equal((Pieces - dead, dead), ((int)job["pieces"]!["done"]!, (int)job["pieces"]!["dead"]!));
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
        await Until(
            actors =>
                actors
                    .AsArray()
                    .Any(actor => (string)actor!["path"]! == "/user/mailroom/jobs/job-1" && (string)actor["state"]! == "stalled"),
            "actors"
        );
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
        Action<byte[]>[] damages =
        [
            bytes => bytes.AsSpan(0, 64).Clear(),
            bytes => bytes.AsSpan(8192, 4096).Fill(0xff),
            bytes => bytes[bytes.AsSpan().IndexOf("practice"u8)] ^= 1, // in a job's row
        ];
        foreach (var damage in damages)
        {
            var damaged = (byte[])whole.Clone();
            damage(damaged);
            await File.WriteAllBytesAsync(journal, damaged);
            var run = await Mailroom("start", "--no-prompt", "--set", "mailroom.remote.port=0"); // a taken port would be said too
            Assert.Equal(5, run.ExitCode);
            Assert.Contains("damaged", run.Error);
            Assert.DoesNotContain('\n', run.Error);
            Assert.Equal(damaged, await File.ReadAllBytesAsync(journal));
        }
        await File.WriteAllBytesAsync(journal, whole[..(whole.Length / 2)]);
        Assert.Equal(5, (await Mailroom("start", "--no-prompt")).ExitCode);
    }

    [Fact]
    public async Task Millions_of_pieces_should_go_on_after_a_kill_in_little_memory()
    {
        await using (var first = StartHost("--nodes", "1").Host)
        {
            await Mailroom("send", "practice", "--count", $"{Many}", "--by", "threads", "--workers", "1", "--no-wait");
            await Until(jobs => (int)jobs[0]!["pieces"]!["done"]! > 0, "jobs");
            await Mailroom("jobs", "pause", "1");
            MailroomProcess.Signal(first.Pid, "KILL");
            await first.EndAsync();
        }
        await using var second = StartHost("--nodes", "1").Host;
        Assert.Equal("paused", (string)(await Mailroom("jobs", "--json")).Json[0]!["state"]!);
        await Mailroom("jobs", "resume", "1");
        var run = await Mailroom("jobs", "wait", "1", "--json");
        Assert.Equal((Many, 0), ((int)run.Json["answer"]!["ran"]!, (int)run.Json["answer"]!["twice"]!));
        using var process = Process.GetProcessById(second.Pid);
        Assert.InRange(process.PeakWorkingSet64 / 1_000_000, 1, 400); // docs/benchmarks.md has the figure
    }

    [Fact]
    public async Task Storm_of_exceptions_should_not_drown_the_console_nor_the_disk()
    {
        var (host, _) = StartHost(
            "--nodes",
            "1",
            "--set",
            "mailroom.logs.file-size=1MiB",
            "--set",
            "mailroom.logs.files-per-process=2",
            "--set",
            "mailroom.jobs.first-delay=0"
        );
        await using var _host = host;
        var run = await Mailroom("send", "practice", "--count", $"{Pieces}", "--fail-every", "1", "--by", "threads", "--json");
        Assert.Equal(
            (Pieces, 0, 4 * Pieces),
            ((int)run.Json["pieces"]!["dead"]!, (int)run.Json["pieces"]!["done"]!, (int)run.Json["pieces"]!["retried"]!)
        );
        Assert.Equal(0, (await Mailroom("jobs", "show", "1")).ExitCode);
        // Its logger may still be writing, and removes old files while it does.
        MailroomProcess.Signal(host.Pid, "TERM");
        await host.EndAsync();
        Assert.InRange(
            Directory.GetFiles(Path.Combine(State, "logs"), "*-host-*").Sum(file => new FileInfo(file).Length),
            1,
            4 * 1024 * 1024
        );
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
