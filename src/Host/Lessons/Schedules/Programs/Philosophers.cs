namespace Mailroom.Host.Lessons.Schedules.Programs;

/// <summary>Three philosophers with a fork between any two (E. W. Dijkstra, EWD310).</summary>
internal static class Philosophers
{
    private const int Seats = 3;

    public static LittleProgram Program { get; } =
        new(
            "philosophers",
            "three philosophers each take the fork on their left, and wait for the one on their right",
            "A circle of any length, of which each waits for the next. To break it, one of them must do it the other way round.",
            "takes the fork with the lower number first",
            world => Dine(world, (left, right) => (left, right)),
            world => Dine(world, (left, right) => (Math.Min(left, right), Math.Max(left, right)))
        );

    private static void Dine(World world, Func<int, int, (int First, int Second)> order)
    {
        var forks = Enumerable.Range(0, Seats).Select(number => world.Gate($"fork {number}")).ToList();
        for (var seat = 0; seat < Seats; seat++)
        {
            var (first, second) = order(seat, (seat + 1) % Seats);
            world.Thread(
                $"P{seat}",
                async () =>
                {
                    await forks[first].Enter();
                    await forks[second].Enter();
                    await forks[second].Exit();
                    await forks[first].Exit();
                }
            );
        }
    }
}
