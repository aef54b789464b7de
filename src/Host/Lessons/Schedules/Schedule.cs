namespace Mailroom.Host.Lessons.Schedules;

/// <summary>Who had the turn, one step after the other, what each did, and how it ended.</summary>
/// <param name="Seed">plays it again</param>
/// <param name="Threads">their names</param>
/// <param name="Fault">what went wrong, or null</param>
/// <param name="Switches">how often another thread got the turn than the one that had it</param>
internal sealed record Schedule(long Seed, IReadOnlyList<string> Threads, IReadOnlyList<Step> Steps, string? Fault, int Switches);

/// <param name="Thread">by number</param>
internal sealed record Step(int Thread, string Did);

/// <summary>
/// A number for each schedule: at each step with a choice its lowest digit, in a base of so many choices, says who goes on. 0 is who
/// had the turn last. What is left of it when the threads have ended does not count.
/// </summary>
internal static class Seeds
{
    /// <summary>The threads that can go on, the one that had the turn first.</summary>
    public static IReadOnlyList<int> Choices(World world, int last)
    {
        var runnable = world.Runnable;
        return runnable.Contains(last) ? [last, .. runnable.Where(thread => thread != last)] : runnable;
    }

    /// <param name="mostSteps">a program that goes on for ever is cut off there</param>
    public static Schedule Play(Action<World> program, long seed, int mostSteps = 1_000)
    {
        var left = seed;
        return Play(
            program,
            (_, choices) =>
            {
                var digit = (int)(left % choices.Count);
                left /= choices.Count;
                return choices[digit];
            },
            mostSteps
        );
    }

    /// <param name="choose">whose turn it is at a step, of these; asked where there is a choice</param>
    public static Schedule Play(Action<World> program, Func<int, IReadOnlyList<int>, int> choose, int mostSteps = 1_000)
    {
        var world = new World();
        program(world);
        var (steps, digits) = (new List<Step>(), new List<(int Digit, int Base)>());
        var (last, switches) = (-1, 0);
        while (world.Fault is null && !world.IsOver && steps.Count < mostSteps)
        {
            var choices = Choices(world, last);
            var next = choices.Count == 1 ? choices[0] : choose(steps.Count, choices);
            digits.Add((choices.ToList().IndexOf(next), choices.Count));
            switches += last >= 0 && next != last ? 1 : 0;
            steps.Add(new Step(next, world.Step(next)));
            last = next;
        }
        return new Schedule(Seed(digits), world.Threads, steps, world.Fault, switches);
    }

    private static long Seed(List<(int Digit, int Base)> digits)
    {
        var seed = 0L;
        foreach (var (digit, radix) in Enumerable.Reverse(digits))
            seed = checked((seed * radix) + digit);
        return seed;
    }
}
