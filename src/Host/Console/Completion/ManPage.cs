using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace Mailroom.Host.Console.Completion;

/// <summary>A page of the manual in roff, from the tree of commands: a command with all below it.</summary>
internal sealed class ManPage
{
    private readonly StringBuilder _text = new();

    private ManPage(string name, Command command, string version)
    {
        Name = name;
        Line($".TH {name.ToUpperInvariant()} 1 \"\" \"mailroom {version}\"");
        Line(".SH NAME");
        Line($"{Plain(name)} \\- {Plain(command.Description ?? "")}");
        Line(".SH SYNOPSIS");
        Line($".B {Plain(name.Replace('-', ' '))}");
        Line(Plain(Behind(command)));
    }

    /// <summary>As <c>mailroom-send</c>.</summary>
    public string Name { get; }

    public string Text => _text.ToString();

    /// <summary>One of the program, and one of each command.</summary>
    public static IReadOnlyList<ManPage> Of(Command root, string version) =>
        [OfRoot(root, version), .. root.Subcommands.Where(one => !one.Hidden).Select(one => OfCommand(one, version))];

    private static ManPage OfRoot(Command root, string version)
    {
        var page = new ManPage("mailroom", root, version);
        page.Line(".SH DESCRIPTION");
        page.Line("Without a command: starts the host, its nodes and a prompt, where the same commands work.");
        page.Line(".SH COMMANDS");
        foreach (var command in root.Subcommands.Where(one => !one.Hidden))
            page.Entry($".BR mailroom\\-{Plain(command.Name)} (1)", command.Description);
        page.Options(root, ".SH");
        page.Line(".SH EXIT STATUS");
        foreach (var (code, meaning) in Codes)
            page.Entry($".B {code}", meaning);
        page.Line(".SH ENVIRONMENT");
        page.Entry(".B NO_COLOR", "no colours, unless --color says otherwise");
        return page;
    }

    private static (int Code, string Meaning)[] Codes =>
        [
            (0, "done"),
            (1, "a job failed"),
            (2, "usage"),
            (3, "no such job or kind"),
            (4, "the host can't be reached"),
            (5, "refused"),
            (78, "settings"),
            (130, "interrupted"),
        ];

    private static ManPage OfCommand(Command command, string version)
    {
        var page = new ManPage($"mailroom-{command.Name}", command, version);
        page.Options(command, ".SH");
        page.Below(command, command.Name);
        page.Line(".SH SEE ALSO");
        page.Line(".BR mailroom (1)");
        return page;
    }

    private void Below(Command command, string path)
    {
        foreach (var one in command.Subcommands.Where(one => !one.Hidden))
        {
            Line($".SH MAILROOM {Plain($"{path} {one.Name}".ToUpperInvariant())}");
            Line(Plain(one.Description ?? ""));
            Line(".PP");
            Line($".B mailroom {Plain($"{path} {one.Name}")}");
            Line(Plain(Behind(one)));
            Options(one, ".SS");
            Below(one, $"{path} {one.Name}");
        }
    }

    private void Options(Command command, string heading)
    {
        if (command.Arguments.Count > 0)
            Line($"{heading} Arguments");
        foreach (var argument in command.Arguments)
            Entry($".I {Plain(argument.Name)}", argument.Description);
        var options = command.Options.Where(one => !one.Hidden && one is not (HelpOption or VersionOption)).ToList();
        if (options.Count > 0)
            Line($"{heading} Options");
        foreach (var option in options)
        {
            var words = string.Join(", ", option.Aliases.Prepend(option.Name).Select(word => $"\\fB{Plain(word)}\\fR"));
            Entry(option.ValueType == typeof(bool) ? words : $"{words} \\fI{Plain(option.HelpName ?? "VALUE")}\\fR", option.Description);
        }
    }

    private static string Behind(Command command) =>
        string.Join(
            ' ',
            command
                .Arguments.Select(argument =>
                    (argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "…" : argument.Name) is var word
                    && argument.Arity.MinimumNumberOfValues > 0
                        ? word
                        : $"[{word}]"
                )
                .Prepend(command.Subcommands.Count > 0 ? "[command]" : "")
                .Append(command.Options.Count > 0 ? "[options]" : "")
                .Where(word => word.Length > 0)
        );

    private void Entry(string term, string? meaning)
    {
        Line(".TP");
        Line(term);
        Line(Plain(meaning is { Length: > 0 } ? meaning : "-"));
    }

    private void Line(string line) => _text.Append(line).Append('\n');

    // What roff would take for itself: the backslash, the hyphen that is a minus, and a dot or a quote that begins a line.
    private static string Plain(string text)
    {
        var escaped = text.ReplaceLineEndings(" ")
            .Replace("\\", "\\(rs", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? "\\&" + escaped : escaped;
    }
}
