namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>Two transfers that take two locks in two orders.</summary>
internal static class TwoLocks
{
    public static LittleProgram Program { get; } =
        new(
            "deadlock",
            "two threads take two locks in two orders, and each waits for what the other holds",
            "Each holds what the other wants. Nothing is broken, nothing is slow, nobody goes on.",
            "takes them in one order everywhere",
            world => Transfer(world, ("left", "right"), ("right", "left")),
            world => Transfer(world, ("left", "right"), ("left", "right"))
        );

    private static void Transfer(World world, params (string First, string Second)[] orders)
    {
        Dictionary<string, Gate> gates = new() { ["left"] = world.Gate("left"), ["right"] = world.Gate("right") };
        foreach (var (name, order) in "AB".Zip(orders))
            world.Thread(
                $"{name}",
                async () =>
                {
                    await gates[order.First].Enter();
                    await gates[order.Second].Enter();
                    await gates[order.Second].Exit();
                    await gates[order.First].Exit();
                }
            );
    }
}
