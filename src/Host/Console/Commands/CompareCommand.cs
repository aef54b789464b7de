using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mailroom.Advice;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Host.Comparison;
using Mailroom.Host.Comparison.Peers;
using Mailroom.Host.Hosting;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom compare KIND</c>: the same work by a plain loop, by threads, by processes and async, with a verdict.</summary>
internal static class CompareCommand
{
    public static void Add(CommandTree tree)
    {
        var compare = new Command("compare", "The same work by threads, by processes and async, side by side, with a verdict.");
        var options = new Declared<CompareOptions>(compare, "compare", isShared: true);
        tree.Add(tree.Root, compare, null);
        foreach (var kind in tree.Catalogue.All)
            AddKind(tree, compare, options, kind);
        AddPlain(tree);
    }

    /// <summary>The plain loop in a process of its own, for <c>compare</c>: the request on stdin, the result on stdout.</summary>
    private static void AddPlain(CommandTree tree)
    {
        var plain = new Command("plain", "For compare.") { Hidden = true };
        var options = new Declared<PlainOptions>(plain, "plain");
        tree.Add(
            tree.Root,
            plain,
            async (parsed, session, cancellation) =>
            {
                var request = JsonSerializer.Deserialize<JobRequest>(
                    await new StreamReader(System.Console.OpenStandardInput()).ReadToEndAsync(cancellation),
                    Codec.JsonOptions
                )!;
                var result = await PlainRun.RunAsync(tree.Catalogue, request, options.Read(parsed).Workers, cancellation);
                session.Terminal.Data(JsonSerializer.Serialize(result, Codec.JsonOptions));
                return ExitCode.Done;
            }
        );
    }

    private static void AddKind(CommandTree tree, Command compare, Declared<CompareOptions> options, IKind kind)
    {
        var command = new Command(kind.Name, kind.Summary);
        var words = new Words(command, kind.Arguments);
        tree.Add(
            compare,
            command,
            (parsed, session, cancellation) =>
                RunAsync(tree, kind, words.Read(parsed), options.Read(parsed), new ComparedWords(parsed, kind), session, cancellation)
        );
    }

    private static async Task<ExitCode> RunAsync(
        CommandTree tree,
        IKind kind,
        JsonObject arguments,
        CompareOptions options,
        ComparedWords given,
        Session session,
        CancellationToken cancellation
    )
    {
        var workers = options.Workers ?? Math.Min(Environment.ProcessorCount, CompareOptions.MaxWorkers);
        var predict = Predict(options.Predict);
        var request = new JobRequest(kind.Name, arguments, Disk.Current, Pieces: options.Pieces);
        await StdinLines.TakeAsync(kind, request.Arguments, session, cancellation);
        kind.Bind(request.Arguments.DeepClone().AsObject(), request.Directory); // what is wrong is said before anything starts
        OutputFile.Check("compare: --report", options.Report);
        await using var contest = new Contest(
            tree.Catalogue,
            session.Options,
            request,
            workers,
            options.Runs,
            text => Say(session.Terminal, text)
        );
        var result = await contest.RunAsync(cancellation);
        if (options.With == Peer.Python)
        {
            var python = new PythonPeer(request, workers, options.Runs, text => Say(session.Terminal, text));
            result = result with { Peers = await python.RunAsync(result.Sequential.Answer, cancellation) };
        }
        session.Terminal.SetBottom("");
        var verdict = Verdict.Of(result.Sequential, result.Techniques, result.Profile, workers);
        var figures = new Figures(result, predict);
        var next = given.Sent(verdict.By);
        if (options.Report is { } path)
            OutputFile.Write("compare: --report", path, Page(result, predict, verdict, given.Whole, next));
        if (session.Options.Json)
            session.Terminal.Json(ComparisonDocument.Of(figures, verdict, next));
        else
            ComparisonView.Print(session.Terminal, figures, verdict, next);
        return ExitCode.Done;
    }

    private static string Page(ContestResult result, List<int> predict, Verdict verdict, string command, string next) =>
        ComparisonPage.Html(
            new Figures(result, predict.Count > 0 ? predict : ComparisonPage.Workers),
            verdict,
            command,
            next,
            RunningHost.ShownVersion,
            TimeProvider.System.GetUtcNow()
        );

    private static void Say(Terminal terminal, string text)
    {
        if (terminal.ErrorIsTerminal)
            terminal.SetBottom(text);
        else
            terminal.Notice(text);
    }

    private static List<int> Predict(string? text) =>
        text is null
            ? []
            :
            [
                .. text.Split(',')
                    .Distinct()
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
