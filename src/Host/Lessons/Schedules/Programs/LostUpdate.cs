namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary><c>count++</c> by two threads.</summary>
internal static class LostUpdate
{
    public static LittleProgram Program { get; } =
        new(
            "race",
            "two threads count in one variable, and one of them loses its update",
            "count++ is three steps, and another thread may come between any two of them.",
            "takes a lock around all three",
            Broken,
            Mended
        );

    private static void Broken(World world)
    {
        var count = world.Cell("count", 0);
        foreach (var name in new[] { "A", "B" })
            world.Thread(
                name,
                async () =>
                {
                    var seen = await count.Read();
                    await count.Write(seen + 1);
                }
            );
        world.AtEnd = () => Lost(count);
    }

    private static void Mended(World world)
    {
        var (count, gate) = (world.Cell("count", 0), world.Gate("gate"));
        foreach (var name in new[] { "A", "B" })
            world.Thread(
                name,
                async () =>
                {
                    await gate.Enter();
                    var seen = await count.Read();
                    await count.Write(seen + 1);
                    await gate.Exit();
                }
            );
        world.AtEnd = () => Lost(count);
    }

    private static string? Lost(Cell<int> count) =>
        count.Value == 2 ? null : $"two threads counted, and count is {count.Value}: an update is lost";
}
