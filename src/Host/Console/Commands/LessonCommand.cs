using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mailroom.Host.Lessons;
using Mailroom.Host.Lessons.Schedules;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom lesson NAME</c>: short live demonstrations, each of which checks what it claims.</summary>
internal static class LessonCommand
{
    public static void Add(CommandTree tree)
    {
        var lesson = new Command("lesson", "Short live demonstrations of what can go wrong, and right, when things run at once.");
        tree.Add(tree.Root, lesson, null);
        tree.Add(lesson, new Command("list", "List the lessons."), (_, session, _) => Task.FromResult(List(session)));
        tree.Add(
            lesson,
            new Command("all", "All of them, one after the other; exit code 1 if one did not show what it claims."),
            (_, session, cancellation) => ShowAsync(session, Lesson.All, cancellation)
        );
        foreach (var one in Lesson.All)
            Add(tree, lesson, one);
        var what = new Argument<string>("WHAT");
        tree.Add(
            lesson,
            new Command("child", "The other process of a lesson.") { Hidden = true, Arguments = { what } },
            (parsed, _, _) =>
            {
                LessonChild.Run(parsed.GetValue(what)!);
                return Task.FromResult(ExitCode.Done);
            }
        );
    }

    private static void Add(CommandTree tree, Command lessons, Lesson lesson)
    {
        var command = new Command(lesson.Name, char.ToUpperInvariant(lesson.Summary[0]) + lesson.Summary[1..] + ".");
        if (lesson.Program is not { } program)
        {
            tree.Add(lessons, command, (_, session, cancellation) => ShowAsync(session, [lesson], cancellation));
            return;
        }
        var options = new Declared<LessonOptions>(command, $"lesson {lesson.Name}");
        tree.Add(
            lessons,
            command,
            async (parsed, session, cancellation) =>
            {
                var given = options.Read(parsed);
                if (given is { Seed: null, Play: false, Mended: false })
                    return await ShowAsync(session, [lesson], cancellation);
                var threads = given.Mended ? program.Mended : program.Broken;
                var played =
                    given.Seed is { } seed ? Seeds.Play(threads, seed)
                    : given.Play ? await ScheduleView.PlayAsync(session, threads, cancellation)
                    : throw new UserError($"lesson {lesson.Name}: --mended says which twin --seed or --play is about; give one of them");
                ScheduleView.Print(session, played);
                return ExitCode.Done;
            }
        );
    }

    private static ExitCode List(Session session)
    {
        if (session.Options.Json)
            session.Terminal.Json(
                new JsonArray([
                    .. Lesson.All.Select(lesson =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["lesson"] = lesson.Name,
                                ["summary"] = lesson.Summary,
                                ["file"] = lesson.File,
                            }
                    ),
                ])
            );
        else
            session.Terminal.Table(
                ["LESSON", "WHAT IT SHOWS"],
                Lesson.All.Select(lesson => new[] { lesson.Name, lesson.Summary }),
                stretch: 1
            );
        return ExitCode.Done;
    }

    private static async Task<ExitCode> ShowAsync(Session session, IReadOnlyList<Lesson> lessons, CancellationToken cancellation)
    {
        var shown = new List<Shown>();
        foreach (var lesson in lessons)
        {
            if (!session.Options.Json)
                session.Terminal.Data($"{lesson.Name}: {lesson.Summary}");
            shown.Add(await lesson.ShowAsync(cancellation));
            if (!session.Options.Json)
                Print(session.Terminal, lesson, shown[^1]);
        }
        if (session.Options.Json)
            session.Terminal.Data(JsonSerializer.Serialize(shown, Codec.JsonOptions));
        return shown.All(one => one.Passed) ? ExitCode.Done : ExitCode.JobFailed;
    }

    private static void Print(Terminal terminal, Lesson lesson, Shown shown)
    {
        foreach (var claim in shown.Claims)
            terminal.Data($"  {(claim.IsShown ? "seen " : "NOT SEEN")} {Visible.Text(claim.Text)}");
        if (shown.Schedule is { } schedule)
            ScheduleView.Print(terminal, schedule);
        terminal.Data($"  {lesson.Moral}");
        terminal.Data($"  read {lesson.File}");
        terminal.Data("");
    }
}
