using System.Numerics;

namespace Mailroom.Host.Lessons.Schedules;

/// <summary>All schedules of a little program.</summary>
/// <param name="Schedules">how many there are</param>
/// <param name="Failing">how many of them go wrong</param>
/// <param name="Moments">different moments that they go through</param>
/// <param name="Shortest">one that goes wrong with the fewest switches, and of these with the fewest steps; null when none does</param>
internal sealed record Explored(BigInteger Schedules, BigInteger Failing, int Moments, Schedule? Shortest);

/// <summary>
/// Tries all schedules. A moment is known by what is shared and by what each thread has seen, so two ways to the same moment are followed
/// only once: the method of stateless model checkers (VeriSoft, CHESS), with a memory of moments.
/// </summary>
internal static class Explorer
{
    // The little programs have some hundreds; more is one that does not end.
    private const int MostMoments = 200_000;
    private const int MostSteps = 1_000;

    /// <exception cref="InvalidOperationException">the program has too many schedules to try them all</exception>
    public static Explored Explore(Action<World> program)
    {
        var counts = new Dictionary<string, (BigInteger All, BigInteger Failing)>();
        var (all, failing) = Count(program, [], counts);
        return new Explored(all, failing, counts.Count, failing.IsZero ? null : Shortest(program));
    }

    private static (BigInteger All, BigInteger Failing) Count(
        Action<World> program,
        List<int> turns,
        Dictionary<string, (BigInteger All, BigInteger Failing)> counts
    )
    {
        var world = At(program, turns);
        var moment = world.Moment;
        if (counts.TryGetValue(moment, out var known))
            return known;
        if (counts.Count >= MostMoments || turns.Count >= MostSteps)
            throw new InvalidOperationException($"there are more than {MostMoments} moments, or {MostSteps} steps");
        (BigInteger All, BigInteger Failing) sum = (0, 0);
        if (world.Fault is not null)
            sum = (1, 1);
        else if (world.IsOver)
            sum = (1, 0);
        else
            foreach (var thread in world.Runnable)
            {
                turns.Add(thread);
                var (all, failing) = Count(program, turns, counts);
                turns.RemoveAt(turns.Count - 1);
                sum = (sum.All + all, sum.Failing + failing);
            }
        counts[moment] = sum;
        return sum;
    }

    /// <summary>The way to what goes wrong with the fewest switches, then steps (Dijkstra's algorithm).</summary>
    private static Schedule Shortest(Action<World> program)
    {
        var open = new PriorityQueue<List<int>, (int Switches, int Steps)>();
        var seen = new HashSet<(string, int)>();
        open.Enqueue([], (0, 0));
        while (open.TryDequeue(out var turns, out var cost))
        {
            var world = At(program, turns);
            if (world.Fault is not null)
                return Seeds.Play(program, (step, _) => turns[step]);
            var last = turns.Count == 0 ? -1 : turns[^1];
            if (!seen.Add((world.Moment, last)))
                continue;
            foreach (var thread in world.Runnable)
                open.Enqueue([.. turns, thread], (cost.Switches + (last >= 0 && thread != last ? 1 : 0), cost.Steps + 1));
        }
        throw new InvalidOperationException("what goes wrong was counted and not found again");
    }

    private static World At(Action<World> program, List<int> turns)
    {
        var world = new World();
        program(world);
        foreach (var thread in turns)
            world.Step(thread);
        return world;
    }
}
