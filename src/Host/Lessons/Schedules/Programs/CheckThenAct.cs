namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>Two withdrawals of 80 from an account of 100, each of which looks first.</summary>
internal static class CheckThenAct
{
    public static LittleProgram Program { get; } =
        new(
            "check-then-act",
            "two withdrawals look whether there is enough, and both take it",
            "What was checked may be over when it is acted upon. Each step may be safe by itself, and both together are not.",
            "checks and takes in one operation",
            Broken,
            Mended
        );

    private static void Broken(World world)
    {
        var balance = world.Cell("balance", 100);
        foreach (var name in new[] { "A", "B" })
            world.Thread(
                name,
                async () =>
                {
                    if (await balance.Read() >= 80)
                        await balance.Change("takes 80 from balance", value => value - 80);
                }
            );
        world.Always = () => Overdrawn(balance);
    }

    private static void Mended(World world)
    {
        var balance = world.Cell("balance", 100);
        foreach (var name in new[] { "A", "B" })
            world.Thread(
                name,
                async () => await balance.Change("takes 80 from balance if it has them", value => value >= 80 ? value - 80 : value)
            );
        world.Always = () => Overdrawn(balance);
    }

    private static string? Overdrawn(Cell<int> balance) =>
        balance.Value >= 0 ? null : $"balance is {balance.Value}: both have taken 80 of 100";
}
