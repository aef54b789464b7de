namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>
/// A stack without a lock: who pops replaces the top by the next one, if the top is still what it was. At first it holds X, Y and Z. B pops
/// X and Y, keeps Y and gives X back.
/// </summary>
internal static class Aba
{
    public static LittleProgram Program { get; } =
        new(
            "aba",
            "a compare-and-swap finds what it expects, and yet all has changed meanwhile",
            "That a value is what it was does not mean that nothing has happened. Compare a version with it, or let the garbage collector "
                + "keep what somebody still looks at from being used again.",
            "compares a version too, which rises with each change",
            world => Pop(world, isVersioned: false),
            world => Pop(world, isVersioned: true)
        );

    private static void Pop(World world, bool isVersioned)
    {
        var top = world.Cell("top", new Top("X", 0));
        var next = world.Cell("X.next", "Y");
        var kept = world.Cell("B's own", "nothing");
        world.Thread(
            "A",
            async () =>
            {
                for (var done = false; !done; )
                {
                    var seen = await top.Read();
                    var then = seen.Item == "X" ? await next.Read() : "Z";
                    done = await top.CompareExchange(seen, seen.To(then, isVersioned));
                }
            }
        );
        world.Thread(
            "B",
            async () =>
            {
                await top.Change("pops X", now => now.Item == "X" ? now.To("Y", isVersioned) : now);
                await top.Change("pops Y", now => now.Item == "Y" ? now.To("Z", isVersioned) : now);
                await kept.Write("Y");
                await next.Write("Z");
                await top.Change("pushes X", now => now.To("X", isVersioned));
            }
        );
        world.AtEnd = () => top.Value.Item == "Y" && kept.Value == "Y" ? "the top of the stack is Y, which B has taken and uses" : null;
    }

    private sealed record Top(string Item, int Version)
    {
        public Top To(string item, bool isVersioned) => new(item, isVersioned ? Version + 1 : Version);

        public override string ToString() => Version == 0 ? Item : $"{Item}/{Version}";
    }
}
