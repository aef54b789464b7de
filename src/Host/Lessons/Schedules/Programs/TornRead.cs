namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>A value of two words, such as a decimal or a Guid, that is written while it is read.</summary>
internal static class TornRead
{
    public static LittleProgram Program { get; } =
        new(
            "torn-read",
            "a value of two words is read while it is written, and half of it is old",
            "What is bigger than a word of the machine (decimal, Guid, a struct) is read and written in parts. No value that was ever "
                + "written need come out.",
            "takes a lock for both words",
            Broken,
            Mended
        );

    private static void Broken(World world)
    {
        var (high, low) = (world.Cell("high", 0), world.Cell("low", 0));
        world.Thread(
            "writer",
            async () =>
            {
                await high.Write(7);
                await low.Write(7);
            }
        );
        world.Thread("reader", async () => Check(await high.Read(), await low.Read()));
    }

    private static void Mended(World world)
    {
        var (high, low, gate) = (world.Cell("high", 0), world.Cell("low", 0), world.Gate("gate"));
        world.Thread(
            "writer",
            async () =>
            {
                await gate.Enter();
                await high.Write(7);
                await low.Write(7);
                await gate.Exit();
            }
        );
        world.Thread(
            "reader",
            async () =>
            {
                await gate.Enter();
                var (upper, lower) = (await high.Read(), await low.Read());
                await gate.Exit();
                Check(upper, lower);
            }
        );
    }

    private static void Check(int high, int low)
    {
        if (high != low)
            throw new InvalidOperationException($"has read {high}:{low}; only 0:0 and 7:7 were ever written");
    }
}
