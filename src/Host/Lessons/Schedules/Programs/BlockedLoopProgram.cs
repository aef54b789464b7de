namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>
/// An event loop that runs callbacks one after the other. A click wants an answer from the network, which comes as another callback.
/// </summary>
internal static class BlockedLoopProgram
{
    public static LittleProgram Program { get; } =
        new(
            "blocked-loop",
            "a callback blocks for an answer that only the next callback can bring",
            ".Result and .Wait() on the thread that has to run the continuation wait for ever.",
            "awaits: gives the loop back, and goes on in the callback that brings the answer",
            world => Loop(world, blocks: true),
            world => Loop(world, blocks: false)
        );

    private static void Loop(World world, bool blocks)
    {
        var (callbacks, answer) = (world.Line<string>("the loop's queue"), world.Cell("answer", "none"));
        world.Thread(
            "loop",
            async () =>
            {
                for (var number = 0; number < 2; number++)
                    if (await callbacks.Take() == "answer")
                        await answer.Write("42");
                    else if (blocks)
                        await answer.Until("blocks until there is an answer", now => now != "none");
            }
        );
        world.Thread("user", async () => await callbacks.Add("click"));
        world.Thread("network", async () => await callbacks.Add("answer"));
        world.AtEnd = () => answer.Value == "42" ? null : "there is no answer";
    }
}
