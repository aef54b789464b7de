using System.CommandLine.Parsing;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Model;

namespace Mailroom.Host.Console.Prompting;

/// <summary>The prompt: the same commands, without the word mailroom before them. On a pipe its lines are a script.</summary>
internal static class Prompt
{
    public static async Task<ExitCode> RunAsync(CommandTree tree, Session session, CancellationToken interrupted)
    {
        if (System.Console.IsInputRedirected)
            return await RunScriptAsync(tree, session, new StreamReader(System.Console.OpenStandardInput()), interrupted);
        session.IsPrompt = true;
        using var announce = new CancellationTokenSource();
        var announcer = AnnounceAsync(tree, session, announce.Token);
        var code = await RunLinesAsync(tree, session, interrupted);
        await announce.CancelAsync();
        await announcer;
        return code;
    }

    /// <summary>Runs the lines one after the other and stops at the first that fails.</summary>
    private static async Task<ExitCode> RunScriptAsync(CommandTree tree, Session session, TextReader script, CancellationToken interrupted)
    {
        session.IsScript = true;
        StandardInput.Close(); // a piece that reads there would eat the script
        // A read of the console's own never looks at a token.
        while (await Task.Run(script.ReadLine, interrupted).WaitAsync(interrupted) is { } line)
        {
            if (Words(line) is not { Count: > 0 } words)
                continue;
            if (words is ["exit" or "quit"])
                break;
            if (await RunLineAsync(tree, session, words, interrupted) is not ExitCode.Done and var failed)
                return failed;
        }
        if (session.Host is { } own)
            await own.DrainAsync(Timeout.InfiniteTimeSpan, suspend: false, interrupted);
        return ExitCode.Done;
    }

    private static async Task<ExitCode> RunLinesAsync(CommandTree tree, Session session, CancellationToken interrupted)
    {
        session.Terminal.Notice("type 'help' for the commands, Tab completes, Ctrl-C stops");
        var editor = new LineEditor(session.Terminal, new History(session.State.History), tree.Complete);
        for (; ; )
        {
            var line = await editor.ReadAsync("mailroom> ");
            if (line is null)
            {
                if (await StopAsync(session, editor))
                    return ExitCode.Done;
                continue;
            }
            var words = Words(line);
            if (words is ["exit" or "quit"])
            {
                if (await StopAsync(session, editor))
                    return ExitCode.Done;
            }
            else if (words.Count > 0)
                await RunInterruptibleAsync(tree, session, words);
        }
    }

    /// <summary>Ctrl-C while a command runs ends the command, not the prompt.</summary>
    private static async Task RunInterruptibleAsync(CommandTree tree, Session session, IReadOnlyList<string> words)
    {
        using var interrupt = new CancellationTokenSource();
        using var registration = System.Runtime.InteropServices.PosixSignalRegistration.Create(
            System.Runtime.InteropServices.PosixSignal.SIGINT,
            context =>
            {
                context.Cancel = true;
                interrupt.Cancel();
            }
        );
        await RunLineAsync(tree, session, words, interrupt.Token);
    }

    private static Task<ExitCode> RunLineAsync(
        CommandTree tree,
        Session session,
        IReadOnlyList<string> words,
        CancellationToken cancellation
    )
    {
        var parsed = tree.Parse(words is ["mailroom", ..] ? [.. words.Skip(1)] : words);
        var options = tree.Common(parsed);
        return ConsoleProgram.Guard(
            session.Terminal,
            options.Debug || session.Options.Debug,
            async () =>
            {
                session.With(options.Json); // an error is then a document too
                if (tree.ErrorOf(parsed) is { } error)
                    throw error;
                if (options.State is not null || options.Hocon.Count > 0 || options.Sets.Count > 0 || options.Kinds.Count > 0)
                    throw new UserError(
                        "--state, --hocon, --set and --kinds belong to the command that starts the host, not to its prompt"
                    );
                return await tree.RunAsync(parsed, session, cancellation);
            }
        );
    }

    /// <summary>What the user says to the question how to stop; who asks to stop once more means at once.</summary>
    internal static Parting Understood(string? answer) =>
        answer?.Trim().ToLowerInvariant() switch
        {
            null or "n" or "now" => Parting.Now,
            "d" or "drain" => Parting.Drain,
            _ => Parting.Not,
        };

    /// <summary>Offers to drain and stop. False when the user changed his mind.</summary>
    private static async Task<bool> StopAsync(Session session, LineEditor editor)
    {
        var running = (await session.Mailroom.JobsAsync(CancellationToken.None)).Count(job =>
            job.State is JobState.Accepted or JobState.Running
        );
        if (running == 0)
            return true;
        var answer = await editor.ReadAsync(
            $"{Quantity.Of(running, "job")} running: [d]rain and stop, stop [n]ow (Ctrl-C too), [c]ontinue? "
        );
        switch (Understood(answer))
        {
            case Parting.Now:
                return true;
            case Parting.Drain:
                session.Terminal.Notice("draining; Ctrl-C stops at once");
                using (var hurry = new CancellationTokenSource())
                using (
                    System.Runtime.InteropServices.PosixSignalRegistration.Create(
                        System.Runtime.InteropServices.PosixSignal.SIGINT,
                        context =>
                        {
                            context.Cancel = true;
                            hurry.Cancel();
                        }
                    )
                )
                    session.Terminal.Notice(await session.Host!.DrainAsync(hurry.Token) ? "drained" : "stopped with jobs still running");
                return true;
            default:
                return false;
        }
    }

    internal enum Parting
    {
        Not,
        Drain,
        Now,
    }

    /// <summary>Tells of every job that ends, in a line above the prompt, and keeps fresh what Tab offers.</summary>
    private static async Task AnnounceAsync(CommandTree tree, Session session, CancellationToken cancellation)
    {
        var ended = (await session.Mailroom.JobsAsync(cancellation)).Where(job => job.HasEnded).Select(job => job.Job).ToHashSet();
        try
        {
            await foreach (var changes in session.Mailroom.WatchAsync(cancellation))
            {
                tree.Names.Note(changes);
                foreach (var job in changes.Jobs.Where(job => job.HasEnded))
                    if (ended.Add(job.Job) && !session.Followed.ContainsKey(job.Job))
                        session.Terminal.Notice(await LineAsync(session, job, cancellation));
            }
        }
        catch (OperationCanceledException)
        {
            // the prompt has ended
        }
    }

    private static async Task<string> LineAsync(Session session, JobSummary job, CancellationToken cancellation)
    {
        var answer = job.State == JobState.Completed ? (await session.Mailroom.JobAsync(job.Job, cancellation)).Answer?.Text : job.Reason;
        var first = answer?.Split('\n')[0] ?? "";
        return $"job {job.Job} "
            + $"{JobView.Outcome(job)}{(first.Length == 0 ? "" : ": ")}{Visible.Text(first.Length > 60 ? first[..60] + "…" : first)}";
    }

    private static List<string> Words(string line) => line.TrimStart().StartsWith('#') ? [] : [.. CommandLineParser.SplitCommandLine(line)];
}
