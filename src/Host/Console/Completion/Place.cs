using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;

namespace Mailroom.Host.Console.Completion;

/// <summary>A word that may come next: a command, or an option with what may follow it.</summary>
/// <param name="Values">null for what takes none</param>
internal sealed record Choice(string Word, string Help, IReadOnlyList<string>? Values = null);

/// <summary>A command by its path, with what may stand behind it.</summary>
/// <param name="Own">its subcommands and the options that are its own</param>
/// <param name="Shared">the options that it shares with its subcommands</param>
/// <param name="Values">what its arguments may be</param>
internal sealed record Place(string Path, IReadOnlyList<Choice> Own, IReadOnlyList<Choice> Shared, IReadOnlyList<string> Values)
{
    // What a value may be, besides a word: names that a running host is asked for, as @jobs, or one of these.
    private const string File = "@file";
    private const string Folder = "@dir";
    private const string Anything = "@any";

    /// <summary>All commands that are no secret.</summary>
    public static IReadOnlyList<Place> Of(CommandTree tree) => [.. Of(tree, tree.Root, "mailroom")];

    private static IEnumerable<Place> Of(CommandTree tree, Command command, string path)
    {
        var commands = command.Subcommands.Where(one => !one.Hidden).ToList();
        var options = command.Options.Where(one => !one.Hidden && one is not (HelpOption or VersionOption)).ToLookup(one => one.Recursive);
        yield return new Place(
            path,
            [
                .. commands.Select(one => new Choice(one.Name, (one.Description ?? "").ReplaceLineEndings(" "))),
                .. command == tree.Root ? Help : [],
                .. options[false].SelectMany(one => Choices(tree, one)),
            ],
            [.. options[true].SelectMany(one => Choices(tree, one)), .. command == tree.Root ? Everywhere : []],
            [.. command.Arguments.SelectMany(one => ValuesOf(tree, one, one.Name, one.GetCompletions(CompletionContext.Empty))).Distinct()]
        );
        foreach (var place in commands.SelectMany(one => Of(tree, one, $"{path} {one.Name}")))
            yield return place;
    }

    private static IEnumerable<Choice> Help => [new("help", "Show what there is of a command.")];

    private static IEnumerable<Choice> Everywhere => [new("--help", "show what there is")];

    private static IEnumerable<Choice> Choices(CommandTree tree, Option option) =>
        option
            .Aliases.Prepend(option.Name)
            .Select(word => new Choice(
                word,
                (option.Description ?? "").ReplaceLineEndings(" "),
                option.ValueType == typeof(bool)
                    ? null
                    : ValuesOf(tree, option, option.HelpName, option.GetCompletions(CompletionContext.Empty))
            ));

    private static IReadOnlyList<string> ValuesOf(CommandTree tree, Symbol symbol, string? sign, IEnumerable<CompletionItem> words) =>
        tree.Offered(symbol) is { } known ? [$"@{known.ToString().ToLowerInvariant()}"]
        : words.Select(word => word.Label).Where(word => word.Length > 0).ToList() is { Count: > 0 } chosen ? chosen
        : sign?.TrimEnd('…') switch
        {
            "FILE" or "PATH" or "PATHS" => [File],
            "DIR" => [Folder],
            _ => [Anything],
        };
}
