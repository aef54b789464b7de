namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>One thread sleeps until another has made something ready.</summary>
internal static class LostWakeUp
{
    public static LittleProgram Program { get; } =
        new(
            "lost-wake-up",
            "a thread looks, and is woken before it sleeps: it sleeps for ever",
            "Waking reaches only who sleeps already. Looking, and going to sleep, must be one step for whoever wakes: a lock that sleeping "
                + "lets go (Monitor.Wait), in a loop that looks again.",
            "looks and sleeps under one lock",
            Broken,
            Mended
        );

    private static void Broken(World world)
    {
        var (ready, bell) = (world.Cell("ready", false), world.Gate("bell"));
        world.Thread(
            "taker",
            async () =>
            {
                if (!await ready.Read())
                    await bell.Sleep();
            }
        );
        world.Thread(
            "maker",
            async () =>
            {
                await ready.Write(true);
                await bell.Wake();
            }
        );
    }

    private static void Mended(World world)
    {
        var (ready, bell) = (world.Cell("ready", false), world.Gate("bell"));
        world.Thread(
            "taker",
            async () =>
            {
                await bell.Enter();
                while (!await ready.Read())
                    await bell.Wait();
                await bell.Exit();
            }
        );
        world.Thread(
            "maker",
            async () =>
            {
                await bell.Enter();
                await ready.Write(true);
                await bell.Wake();
                await bell.Exit();
            }
        );
    }
}
