using System.CommandLine;
using System.Globalization;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Logs;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom logs</c>: the lines of all processes, living and dead, in the order of time.</summary>
internal static class LogCommands
{
    public static void Add(CommandTree tree)
    {
        var id = new Argument<int?>("ID")
        {
            Description = "only this job's lines",
            HelpName = "ID",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "go on with new lines as they come" };
        var last = Last();
        var level = Only("--level", "debug, info, warning or error, and what is graver", "L");
        var node = Only("--node", "only this process: host or a node's name", "N");
        var actor = Only("--actor", "only actors with this in their path", "A");
        var since = Only("--since", "only lines of the last D, such as 5m", "D");
        var search = Only("--search", "only lines with this text", "TEXT");
        id.CompletionSources.Add(_ => CommandTree.Items(tree.Names.Jobs));
        node.CompletionSources.Add(_ => CommandTree.Items(tree.Names.Nodes.Append("host")));
        actor.CompletionSources.Add(_ => CommandTree.Items(tree.Names.Actors));
        level.CompletionSources.Add("debug", "info", "warning", "error");
        var logs = new Command("logs", "Show what the actors logged, of all processes, in the order of time.") { id, follow, last };
        foreach (var only in (Option[])[level, node, actor, since, search])
            logs.Add(only);
        tree.Add(
            tree.Root,
            logs,
            (parsed, session, cancellation) => RunAsync(session, QueryOf(parsed), parsed.GetValue(follow), cancellation)
        );

        LogQuery QueryOf(ParseResult parsed) =>
            new(
                parsed.GetValue(id),
                LevelOf(parsed.GetValue(level)),
                parsed.GetValue(node),
                parsed.GetValue(actor),
                SinceOf(parsed.GetValue(since)),
                parsed.GetValue(search),
                LastOf(parsed.GetValue(last))
            );
    }

    private static Option<int> Last() =>
        new("-n", "--lines")
        {
            Description = "how many of the last lines",
            HelpName = "N",
            DefaultValueFactory = _ => 50,
        };

    private static Option<string?> Only(string name, string help, string value) => new(name) { Description = help, HelpName = value };

    private static async Task<ExitCode> RunAsync(Session session, LogQuery query, bool follow, CancellationToken cancellation)
    {
        // The files speak for themselves, so a host need not be started only to read them.
        var lines =
            session.Host is not null ? session.Mailroom.LogsAsync(query, follow, cancellation)
            : follow ? session.Logs.FollowAsync(query, cancellation)
            : session.Logs.Read(query).ToAsyncEnumerable();
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
            if (!any)
                session.Terminal.Notice("nothing is logged that fits; 'mailroom logs' without options shows the last lines");
        }
        catch (OperationCanceledException) when (follow)
        {
            return ExitCode.Interrupted;
        }
        return follow ? ExitCode.Interrupted : ExitCode.Done;
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

    private static Severity? LevelOf(string? text) =>
        text is null ? null
        : Enum.TryParse<Severity>(text, ignoreCase: true, out var level) && Enum.IsDefined(level) && !char.IsAsciiDigit(text[0]) ? level
        : throw new UserError(
            $"logs: --level is '{Visible.Text(text)}', but it takes debug, info, warning or "
                + $"error{Nearest.Hint(text, ["debug", "info", "warning", "error"])}"
        );

    private static DateTimeOffset? SinceOf(string? text) =>
        text is null ? null
        : Quantity.TryDuration(text, out var ago) ? TimeProvider.System.GetUtcNow() - ago
        : throw new UserError($"logs: --since is '{Visible.Text(text)}', but it takes a duration such as 30s, 5m or 2h");

    private static int? LastOf(int last) =>
        last is >= 0 and <= 1_000_000 ? last : throw new UserError($"logs: -n is {last}, but it takes 0 to 1000000");
}
