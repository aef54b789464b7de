using System.CommandLine;
using System.Globalization;
using Mailroom.Host.Console.Prompting;
using Mailroom.Host.Control;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Logs;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom logs</c>: the lines of all processes, living and dead, in the order of time.</summary>
internal static class LogCommands
{
    // Longer than a host that is well waits for its nodes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void Add(CommandTree tree)
    {
        var logs = new Command("logs", "Show what the actors logged, of all processes, in the order of time.");
        var options = new Declared<LogOptions>(logs, "logs");
        tree.Offer(options["ID"], Known.Jobs);
        tree.Offer(options["--node"], Known.Processes);
        tree.Offer(options["--actor"], Known.Actors);
        tree.Add(tree.Root, logs, (parsed, session, cancellation) => RunAsync(session, options.Read(parsed), cancellation));
    }

    private static LogQuery QueryOf(LogOptions options) =>
        new(
            options.Id,
            options.Level,
            options.Node,
            options.Actor,
            options.Since is { } ago ? TimeProvider.System.GetUtcNow() - ago : null,
            options.Search,
            options.Lines
        );

    private static async Task<ExitCode> RunAsync(Session session, LogOptions options, CancellationToken cancellation)
    {
        var (query, follow) = (QueryOf(options), options.Follow);
        // The files speak for themselves, so a host need not be started only to read them.
        var mailroom = session.Host is not null || await session.FindAsync(cancellation) ? session.Mailroom : null;
        var lines = session.Logs.LinesAsync(query, follow, until => FetchAsync(mailroom, query.Node, until), cancellation);
        try
        {
            var any = false;
            await foreach (var line in lines.WithCancellation(cancellation))
            {
                any = true;
                session.Terminal.Data(
                    session.Options.Json ? Visible.Json(line.ToJson().ToJsonString(Codec.JsonOptions)) : Text(session.Terminal, line)
                );
            }
            if (!any && options.Id is { } job && !follow && !session.Logs.Read(new LogQuery(job, Last: 1)).Any())
                throw new UserError($"nothing is logged of a job {job}; 'mailroom jobs' lists the jobs", ExitCode.NotFound);
            if (!any)
                session.Terminal.Notice("nothing is logged that fits; 'mailroom logs' without options shows the last lines");
        }
        catch (OperationCanceledException) when (follow)
        {
            return ExitCode.Interrupted;
        }
        return follow ? ExitCode.Interrupted : ExitCode.Done;
    }

    // A host that hangs, or has just gone, keeps nobody from reading what is there.
    private static async Task FetchAsync(IMailroom? mailroom, string? node, CancellationToken cancellation)
    {
        if (mailroom is null)
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            await mailroom.FetchLogsAsync(node, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // it hangs
        }
        catch (UserError error) when (error.ExitCode == ExitCode.Unreachable)
        {
            // it has just gone
        }
    }

    private static string Text(Terminal terminal, LogLine line)
    {
        var text =
            $"{line.At.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {Level(line.Level)} {line.Node} "
            + $"{line.Actor} {line.Event} {Visible.Text(line.Text)}";
        if (line.Exception is not null)
            text += "\n    " + Visible.Text(line.Exception, keepLines: true).Replace("\n", "\n    ", StringComparison.Ordinal);
        return (terminal.Colors, line.Level) switch
        {
            (true, Severity.Error) => $"\u001b[31m{text}\u001b[0m",
            (true, Severity.Warning) => $"\u001b[33m{text}\u001b[0m",
            (true, Severity.Debug) => $"\u001b[2m{text}\u001b[0m",
            _ => text,
        };
    }

    private static string Level(Severity level) =>
        level switch
        {
            Severity.Error => "ERR",
            Severity.Warning => "WRN",
            Severity.Info => "INF",
            _ => "DBG",
        };
}
