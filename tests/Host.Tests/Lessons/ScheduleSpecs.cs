using Mailroom.Host.Lessons.Schedules;

namespace Mailroom.Host.Lessons;

/// <summary>The schedules of the lessons' little programs.</summary>
public class ScheduleSpecs
{
    public static TheoryData<string> Names() => [.. LittleProgram.All.Select(program => program.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Little_program_should_go_wrong_and_its_twin_never(string name)
    {
        var program = LittleProgram.Of(name)!;
        var broken = Explorer.Explore(program.Broken);
        var mended = Explorer.Explore(program.Mended);
        Assert.True(broken.Failing > 0 && broken.Failing <= broken.Schedules);
        Assert.True(mended.Schedules > 0);
        Assert.Equal((0, null), ((int)mended.Failing, mended.Shortest));
        Assert.Equivalent(broken.Shortest, Seeds.Play(program.Broken, broken.Shortest!.Seed), strict: true);
        Assert.Contains(Lesson.All, lesson => lesson.Name == name);
    }

    /// <summary>What is counted by moments is what comes out when each schedule is played by itself.</summary>
    [Fact]
    public void Schedules_should_be_counted_as_if_each_were_played()
    {
        var program = LittleProgram.Of("race")!.Broken;
        var played = Enumerable.Range(0, 64).Select(seed => Seeds.Play(program, seed)).DistinctBy(schedule => schedule.Seed).ToList();
        var explored = Explorer.Explore(program);
        Assert.Equal(6, played.Count);
        Assert.Equal((6, 4), ((int)explored.Schedules, (int)explored.Failing));
        Assert.Equal(4, played.Count(schedule => schedule.Fault is not null));
        Assert.Equal(2, explored.Shortest!.Switches);
    }

    [Fact]
    public void Shortest_should_be_the_one_with_the_fewest_switches()
    {
        var played = Enumerable.Range(0, 1_000).Select(seed => Seeds.Play(LittleProgram.Of("lost-wake-up")!.Broken, seed));
        var fewest = played.Where(schedule => schedule.Fault is not null).Min(schedule => schedule.Switches);
        Assert.Equal(fewest, Explorer.Explore(LittleProgram.Of("lost-wake-up")!.Broken).Shortest!.Switches);
    }

    [Fact]
    public void Program_that_never_ends_should_be_cut_off()
    {
        Assert.Equal(10, Seeds.Play(Spin, 0, mostSteps: 10).Steps.Count);

        static void Spin(World world)
        {
            var cell = world.Cell("cell", 0);
            world.Thread(
                "A",
                async () =>
                {
                    while (true)
                        await cell.Read();
                }
            );
        }
    }

    [Fact]
    public void Thread_that_throws_should_be_named()
    {
        var schedule = Seeds.Play(
            world =>
            {
                var cell = world.Cell("cell", 0);
                world.Thread(
                    "A",
                    async () =>
                    {
                        await cell.Read();
                        throw new InvalidOperationException("on purpose");
                    }
                );
            },
            0
        );
        Assert.Equal("A: on purpose", schedule.Fault);
    }
}
