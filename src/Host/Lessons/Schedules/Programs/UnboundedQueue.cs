namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>A producer that is quicker than its consumer.</summary>
internal static class UnboundedQueue
{
    private const int Items = 5;
    private const int Most = 3;

    public static LittleProgram Program { get; } =
        new(
            "bounded-queue",
            "a producer may have the turn as often as it likes, and its queue grows",
            "Without a bound the queue is as long as the producer is ahead. With one the producer waits, and memory has a limit.",
            $"lets the producer wait while {Most} items do",
            world => Produce(world, bound: null),
            world => Produce(world, Most)
        );

    private static void Produce(World world, int? bound)
    {
        var queue = world.Line<int>("the queue", bound);
        world.Thread(
            "producer",
            async () =>
            {
                for (var item = 1; item <= Items; item++)
                    await queue.Add(item);
            }
        );
        world.Thread(
            "consumer",
            async () =>
            {
                for (var item = 1; item <= Items; item++)
                    await queue.Take();
            }
        );
        world.Always = () => queue.Count > Most ? $"{queue.Count} items wait, where {Most} should be the most" : null;
    }
}
