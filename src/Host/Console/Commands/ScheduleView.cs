using System.Text.Json;
using Mailroom.Host.Lessons.Schedules;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>A schedule as a table, a column for each thread; and the game in which the user gives the turns.</summary>
internal static class ScheduleView
{
    public static void Print(Session session, Schedule schedule)
    {
        if (session.Options.Json)
            session.Terminal.Data(JsonSerializer.Serialize(schedule, Codec.JsonOptions));
        else
            Print(session.Terminal, schedule);
    }

    public static void Print(Terminal terminal, Schedule schedule)
    {
        terminal.Table(
            ["STEP", .. schedule.Threads],
            schedule.Steps.Select((step, at) => Row(schedule, step, at + 1)),
            stretch: schedule.Threads.Count
        );
        terminal.Data(schedule.Fault is { } fault ? $"WRONG: {fault}" : "right: nothing went wrong");
    }

    private static string[] Row(Schedule schedule, Step step, int number) =>
        [$"{number}", .. schedule.Threads.Select((_, thread) => thread == step.Thread ? step.Did : "")];

    /// <summary>Asks whose turn it is, until all have ended or something is wrong.</summary>
    /// <exception cref="UserError">nobody says it any more</exception>
    public static async Task<Schedule> PlayAsync(Session session, Action<World> program, CancellationToken cancellation)
    {
        if (session.IsPrompt || session.IsScript)
            throw new UserError("lesson: stdin is taken by the prompt; play it from the shell: mailroom lesson NAME --play");
        var world = new World();
        program(world);
        var turns = new List<int>();
        while (world.Fault is null && !world.IsOver)
        {
            var runnable = world.Runnable;
            foreach (var thread in runnable)
                session.Terminal.Notice($"  {world.Threads[thread]}: {world.Next(thread)}");
            var next = runnable.Count == 1 ? runnable[0] : await AskAsync(session.Terminal, world, runnable, cancellation);
            session.Terminal.Notice($"{world.Threads[next]} {world.Step(next)}");
            turns.Add(next);
        }
        return Seeds.Play(program, (step, _) => turns[step]);
    }

    private static async Task<int> AskAsync(Terminal terminal, World world, IReadOnlyList<int> runnable, CancellationToken cancellation)
    {
        var names = string.Join(" or ", runnable.Select(thread => world.Threads[thread]));
        while (true)
        {
            terminal.Notice($"whose turn? {names}");
            // On a thread of its own: who does not answer must not keep the command from ending.
            var answer = await Task.Run(System.Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellation);
            if (answer is null)
                throw new UserError("lesson: nobody says any more whose turn it is, and the threads have not ended");
            if (Meant(world, runnable, answer.Trim()) is { } next)
                return next;
            terminal.Notice($"'{Visible.Text(answer)}' is not one of them");
        }
    }

    /// <summary>The thread whose name it is, or the only one whose name begins with it.</summary>
    private static int? Meant(World world, IReadOnlyList<int> runnable, string word)
    {
        var begin = runnable.Where(thread => world.Threads[thread].StartsWith(word, StringComparison.OrdinalIgnoreCase)).ToList();
        var same = begin.Where(thread => world.Threads[thread].Length == word.Length).ToList();
        return word.Length == 0 ? null
            : same is [var exact] ? exact
            : begin is [var one] ? one
            : null;
    }
}
