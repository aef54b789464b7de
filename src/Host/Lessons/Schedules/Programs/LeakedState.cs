namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>An actor that owns a list, and somebody who asks for it.</summary>
internal static class LeakedState
{
    public static LittleProgram Program { get; } =
        new(
            "leaked-state",
            "an actor answers with its own list, and changes it while the asker reads",
            "One message at a time protects what only the actor can reach. What it hands out must be immutable, or a copy.",
            "answers with a copy",
            world => Ask(world, copies: false),
            world => Ask(world, copies: true)
        );

    private static void Ask(World world, bool copies)
    {
        var (mailbox, list) = (world.Line<string>("the mailbox"), world.Cell("the list's length", 1));
        var reply = world.Cell("the answer's length", -1);
        world.Thread(
            "actor",
            async () =>
            {
                for (var message = 0; message < 2; message++)
                    if (await mailbox.Take() == "add")
                        await list.Change("adds to its list", length => length + 1);
                    else
                        await reply.Write(await list.Read());
            }
        );
        world.Thread(
            "asker",
            async () =>
            {
                await mailbox.Add("ask");
                await reply.Until("waits for the answer", length => length >= 0);
                // The answer is the list itself, or a copy of it.
                var answer = copies ? reply : list;
                var (first, second) = (await answer.Read(), await answer.Read());
                if (first != second)
                    throw new InvalidOperationException($"has read {first} and then {second} of one answer");
            }
        );
        world.Thread("other", async () => await mailbox.Add("add"));
    }
}
