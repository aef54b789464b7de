using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mailroom.Host.Lessons;
using Mailroom.Host.Lessons.Exercises;
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
        AddCheck(tree, lesson);
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

    private static void AddCheck(CommandTree tree, Command lessons)
    {
        var name = new Argument<string?>("NAME") { Description = "the exercise", Arity = ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add([.. Exercise.All.Select(one => one.Name)]);
        var file = new Argument<string?>("FILE") { Description = "what you wrote", Arity = ArgumentArity.ZeroOrOne };
        tree.Add(
            lessons,
            new Command("check", "The exercises of docs/learn.md: list them, or check what you wrote (a .cs or .py file, or a program).")
            {
                name,
                file,
            },
            (parsed, session, cancellation) =>
                parsed.GetValue(name) is { } word
                    ? CheckAsync(session, word, parsed.GetValue(file), cancellation)
                    : Task.FromResult(Exercises(session))
        );
    }

    private static ExitCode Exercises(Session session)
    {
        if (session.Options.Json)
            session.Terminal.Data(JsonSerializer.Serialize(Exercise.All.Select(one => new { one.Name, one.Task }), Codec.JsonOptions));
        else
            session.Terminal.Table(
                ["EXERCISE", "WHAT THE FILE HAS TO DO"],
                Exercise.All.Select(one => new[] { one.Name, one.Task }),
                stretch: 1
            );
        return ExitCode.Done;
    }

    private static async Task<ExitCode> CheckAsync(Session session, string name, string? file, CancellationToken cancellation)
    {
        var names = Exercise.All.Select(one => one.Name).ToList();
        var exercise =
            Exercise.All.FirstOrDefault(one => one.Name == name)
            ?? throw new UserError(
                $"lesson check: there is no exercise '{Visible.Text(name)}'; there are "
                    + $"{string.Join(", ", names)}{Nearest.Hint(name, names)}",
                ExitCode.NotFound
            );
        if (file is null)
            throw new UserError($"lesson check {name}: FILE is missing; it has to be this: {exercise.Task}");
        if (!File.Exists(file))
            throw new UserError($"lesson check {name}: there is no file {Visible.Text(file)}");
        var claims = await exercise.CheckAsync(file, cancellation);
        if (session.Options.Json)
            session.Terminal.Data(JsonSerializer.Serialize(new { Exercise = name, Claims = claims }, Codec.JsonOptions));
        else
            foreach (var claim in claims)
                session.Terminal.Data($"{(claim.IsShown ? "right " : "WRONG ")} {Visible.Text(claim.Text)}");
        return claims.All(claim => claim.IsShown) ? ExitCode.Done : ExitCode.JobFailed;
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
