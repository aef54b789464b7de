using System.CommandLine;
using System.Text.Json;
using Mailroom.Advice;
using Mailroom.Files;
using Mailroom.Host.Comparison;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom compare KIND</c>: the same work by a plain loop, by threads, by processes and async, with a verdict.</summary>
internal sealed class CompareCommand
{
    private const int MaxRuns = 100;
    private const int MaxWorkers = 64;

    private readonly Option<int> _runs = new("--runs")
    {
        Description = "how often each is run",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    };
    private readonly Option<int?> _workers = new("--workers")
    {
        Description = "threads, and processes; as many as cores by default",
        HelpName = "N",
    };
    private readonly Option<string?> _pieces = new("--pieces") { Description = "cut the job into so many pieces", HelpName = "N" };
    private readonly Option<string?> _predict = new("--predict")
    {
        Description = "estimate the time by so many workers too",
        HelpName = "1,2,4",
    };
    private readonly Option<string?> _report = new("--report")
    {
        Description = "write a page with charts into this file",
        HelpName = "FILE",
    };

    public static void Add(CommandTree tree)
    {
        var compare = new Command("compare", "The same work by threads, by processes and async, side by side, with a verdict.");
        tree.Add(tree.Root, compare, null);
        foreach (var kind in tree.Catalogue.All)
            new CompareCommand().AddKind(tree, compare, kind);
        AddPlain(tree);
    }

    /// <summary>The plain loop in a process of its own, for <c>compare</c>: the request on stdin, the result on stdout.</summary>
    private static void AddPlain(CommandTree tree)
    {
        var workers = new Option<int>("--workers") { DefaultValueFactory = _ => 1 };
        tree.Add(
            tree.Root,
            new Command("plain", "For compare.") { Hidden = true, Options = { workers } },
            async (parsed, session, cancellation) =>
            {
                var request = JsonSerializer.Deserialize<JobRequest>(
                    await new StreamReader(System.Console.OpenStandardInput()).ReadToEndAsync(cancellation),
                    Codec.JsonOptions
                )!;
                var result = await PlainRun.RunAsync(tree.Catalogue, request, parsed.GetValue(workers), cancellation);
                session.Terminal.Data(JsonSerializer.Serialize(result, Codec.JsonOptions));
                return ExitCode.Done;
            }
        );
    }

    private void AddKind(CommandTree tree, Command compare, IKind kind)
    {
        var command = new Command(kind.Name, kind.Summary);
        var words = new KindWords(command, kind);
        KindWords.AddOwn(command, kind, _runs, _workers, _pieces, _predict, _report);
        tree.Add(compare, command, (parsed, session, cancellation) => RunAsync(tree, kind, words, parsed, session, cancellation));
    }

    private async Task<ExitCode> RunAsync(
        CommandTree tree,
        IKind kind,
        KindWords words,
        ParseResult parsed,
        Session session,
        CancellationToken cancellation
    )
    {
        var runs = Within("--runs", parsed.GetValue(_runs), MaxRuns);
        var workers = Within("--workers", parsed.GetValue(_workers) ?? Environment.ProcessorCount, MaxWorkers);
        var predict = Predict(parsed.GetValue(_predict));
        var request = new JobRequest(kind.Name, words.Read(parsed), Disk.Current, Pieces: SendCommand.Pieces(parsed.GetValue(_pieces)));
        await StdinLines.TakeAsync(kind, request.Arguments, session, cancellation);
        kind.Bind(request.Arguments.DeepClone().AsObject(), request.Directory); // what is wrong is said before anything starts
        OutputFile.Check("compare: --report", parsed.GetValue(_report));
        await using var contest = new Contest(tree.Catalogue, session.Options, request, workers, runs, text => Say(session.Terminal, text));
        var result = await contest.RunAsync(cancellation);
        session.Terminal.SetBottom("");
        var verdict = Verdict.Of(result.Sequential, result.Techniques, result.Profile, workers);
        var view = new ComparisonView(
            result,
            verdict,
            $"mailroom send {string.Join(' ', Given(parsed, kind))} --by {verdict.By.Word()}",
            predict
        );
        if (parsed.GetValue(_report) is { } path)
            OutputFile.Write("compare: --report", path, ComparisonPage.Html(view.Json(), request));
        if (session.Options.Json)
            session.Terminal.Json(view.Json());
        else
            view.Print(session.Terminal);
        return ExitCode.Done;
    }

    private static void Say(Terminal terminal, string text)
    {
        if (terminal.ErrorIsTerminal)
            terminal.SetBottom(text);
        else
            terminal.Notice(text);
    }

    /// <summary>The words of the job as they were given, without those that are about the comparison.</summary>
    private static List<string> Given(ParseResult parsed, IKind kind)
    {
        var words = new List<string> { kind.Name };
        using var given = parsed.Tokens.Select(token => token.Value).SkipWhile(word => word != kind.Name).Skip(1).GetEnumerator();
        while (given.MoveNext())
        {
            if (given.Current is "--runs" or "--predict" or "--report")
                given.MoveNext();
            else if (given.Current is not "--json")
                words.Add(Quoted(given.Current));
        }
        return words;
    }

    private static string Quoted(string word) =>
        word.All(c => char.IsLetterOrDigit(c) || "-./:_,=".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static int Within(string option, int value, int max) =>
        value >= 1 && value <= max ? value : throw new UserError($"compare: {option} is {value}, but it takes 1 to {max}");

    private static List<int> Predict(string? text) =>
        text is null
            ? []
            :
            [
                .. text.Split(',')
                    .Select(word =>
                        int.TryParse(word, out var n) && n is >= 1 and <= 1024
                            ? n
                            : throw new UserError(
                                $"compare: --predict is '{Visible.Text(text)}', but it takes numbers of workers from 1 to 1024, such "
                                    + "as 1,2,4,8"
                            )
                    ),
            ];
}
