namespace Mailroom.EndToEnd;

/// <summary>The drills, each in a whole host.</summary>
public class DrillSpecs(Xunit.Abstractions.ITestOutputHelper output) : NodeFaults
{
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
        Assert.Equal((0, 0), ((int)run.Json["lost"]!, (int)run.Json["recordedTwice"]!));
        // How soon is for a machine that has nothing else to do; beside other specs it may be later.
        Assert.All(run.Json["late"]!.AsArray(), line => Assert.EndsWith("s are promised", (string)line!));
        Assert.Equal((0, true, 0), (run.Json["broken"]!.AsArray().Count, (bool)run.Json["passed"]!, run.ExitCode));
        if (drill.EndsWith("-node", StringComparison.Ordinal))
        {
            Assert.NotNull(run.Json["requeuedAfter"]); // it was aimed at a node that ran a piece
            Assert.DoesNotContain("which ran no piece", (string)run.Json["what"]!);
        }
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
}
