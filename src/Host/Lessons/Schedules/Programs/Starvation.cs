namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>A lock that many may read under and one may write under, which lets readers in as long as one of them is in.</summary>
internal static class Starvation
{
    private const int Rounds = 2;
    private const int Most = 2;

    public static LittleProgram Program { get; } =
        new(
            "starvation",
            "a writer waits for a moment without readers, and readers come one after the other",
            "Everybody goes on but one. Who waits must have a place in a queue: ReaderWriterLockSlim lets no reader in before a writer "
                + "that waits.",
            "lets no reader in while a writer waits",
            world => Share(world, isFair: false),
            world => Share(world, isFair: true)
        );

    private static void Share(World world, bool isFair)
    {
        var door = world.Cell("door", new Door(0, false, 0));
        foreach (var name in new[] { "reader 1", "reader 2" })
            world.Thread(
                name,
                async () =>
                {
                    for (var round = 0; round < Rounds; round++)
                    {
                        await door.Until("comes to read", now => !(isFair && now.Waits));
                        await door.Change(
                            "reads",
                            now => now with { Readers = now.Readers + 1, Passed = now.Passed + (now.Waits ? 1 : 0) }
                        );
                        await door.Change("has read", now => now with { Readers = now.Readers - 1 });
                    }
                }
            );
        world.Thread(
            "writer",
            async () =>
            {
                await door.Change("wants to write", now => now with { Waits = true });
                await door.Until("sees that nobody reads", now => now.Readers == 0);
                await door.Change("has written", now => now with { Waits = false });
            }
        );
        world.Always = () =>
            door.Value is { Waits: true, Passed: > Most }
                ? $"the writer waits, and readers have gone before it {door.Value.Passed} times"
                : null;
    }

    /// <param name="Readers">who are in</param>
    /// <param name="Waits">whether the writer does</param>
    /// <param name="Passed">how often a reader went in while it did</param>
    private sealed record Door(int Readers, bool Waits, int Passed);
}
