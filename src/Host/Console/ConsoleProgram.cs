using System.CommandLine;
using System.Runtime.InteropServices;
using Mailroom.Host.Hosting;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;

namespace Mailroom.Host.Console;

/// <summary>One run of <c>mailroom</c>: parse, do, clean up, exit code.</summary>
internal static class ConsoleProgram
{
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        using var interrupt = new CancellationTokenSource();
        Session? current = null;
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        using var onQuit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal);
        LastWord.Guard(
            (int)ExitCode.JobFailed,
            () =>
                terminal.Error(
                    "this process was ended by code of a piece (Environment.Exit), with whatever ran in it; run such work by processes"
                )
        );
        terminal.ErrorsAreJson = args.TakeWhile(arg => arg != "--").Contains("--json");
        return (int)await Guard(terminal, args.Contains("--debug"), RunAsync);

        void OnSignal(PosixSignalContext context) => ConsoleProgram.OnSignal(context, interrupt, current);

        async Task<ExitCode> RunAsync()
        {
            var (tree, parsed, kinds) = await ParseAsync(args, interrupt.Token);
            terminal.ErrorsAreJson = tree.Common(parsed).Json;
            if (tree.ErrorOf(parsed) is { } error)
                throw error;
            terminal.SetColors(tree.Color(parsed));
            var options = tree.Common(parsed) with { Kinds = kinds };
            await using var session = current = new Session(terminal, options, tree.Catalogue);
            var code = await tree.RunAsync(parsed, session, interrupt.Token);
            if (session is { HostIsOurs: true, Host: { } host })
                await WaitForOthersAsync(terminal, host, interrupt.Token);
            return code;
        }
    }

    /// <summary>Users' own kinds are commands too: where there are some, what was said is read again by them who know them.</summary>
    private static async Task<(CommandTree Tree, ParseResult Parsed, IReadOnlyList<string> Kinds)> ParseAsync(
        string[] args,
        CancellationToken cancellation
    )
    {
        var tree = new CommandTree(Catalogue.BuiltIn);
        var parsed = tree.Parse(args);
        if (
            tree.KindsAndState(parsed) is not var (named, state)
            || await OwnKinds.OfAsync(named, state, cancellation) is not { Count: > 0 } kinds
        )
            return (tree, parsed, []);
        tree = new CommandTree(Catalogue.With(kinds));
        return (tree, tree.Parse(args), kinds);
    }

    /// <summary>
    /// The first asks; the second, while the first is still being obeyed, ends the process at once. A prompt waits for a key and for
    /// nothing else, and so is ended at once by all but Ctrl-C.
    /// </summary>
    private static void OnSignal(PosixSignalContext context, CancellationTokenSource interrupt, Session? current)
    {
        if (context.Cancel)
            return; // a command took it for itself
        var isFirst = !interrupt.IsCancellationRequested;
        context.Cancel =
            isFirst && context.Signal != PosixSignal.SIGQUIT && (context.Signal == PosixSignal.SIGINT || current is not { IsPrompt: true });
        if (!context.Cancel)
            LastWord.Allow();
        else if (isFirst && current is not { IsPrompt: true })
            // It may hang in code that is not ours.
            LastWord.EndAfter(current?.EndsWithin ?? Session.EndsAtOnce, (int)ExitCode.Interrupted);
        interrupt.Cancel();
    }

    /// <summary>Runs something and turns what it throws into the user's one line and the exit code.</summary>
    public static async Task<ExitCode> Guard(Terminal terminal, bool debug, Func<Task<ExitCode>> run)
    {
        try
        {
            return await run();
        }
        catch (UserError error)
        {
            terminal.SetBottom("");
            if (!error.IsSilent)
                terminal.Error(error.Message);
            if (debug)
                terminal.Notice(error.ToString());
            return error.ExitCode;
        }
        catch (OperationCanceledException)
        {
            terminal.SetBottom("");
            terminal.Error("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception error)
        {
            terminal.SetBottom("");
            if (debug)
                terminal.Notice(error.ToString());
            terminal.Error(
                SystemTrouble.Of(error) is { } trouble
                    ? $"{trouble}; --debug tells more"
                    : $"this is a bug in mailroom: {Thrown.Named(error)}; run it again with --debug and report what it prints"
            );
            return ExitCode.JobFailed;
        }
    }

    /// <summary>Jobs that other terminals sent to a host that was only here for one command are not cut off.</summary>
    private static async Task WaitForOthersAsync(Terminal terminal, RunningHost host, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return;
        var running = (await host.Mailroom.JobsAsync(CancellationToken.None)).Count(job => !job.HasEnded);
        if (running > 0 && terminal.ErrorIsTerminal)
            terminal.Notice($"waiting for {Quantity.Of(running, "running job")}; Ctrl-C stops them");
        await host.DrainAsync(Timeout.InfiniteTimeSpan, suspend: false, cancellation);
    }
}
