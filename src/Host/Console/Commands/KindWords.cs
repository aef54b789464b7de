using System.CommandLine;
using System.Text.Json.Nodes;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>
/// A kind's own arguments as words of a command; what is given is read as text and left to the kind, so that its errors are the same
/// everywhere.
/// </summary>
internal sealed class KindWords
{
    private readonly List<(KindArgument Argument, Func<ParseResult, JsonNode?> Read)> _readers;

    public KindWords(Command command, IKind kind) => _readers = [.. kind.Arguments.Select(argument => Add(command, argument))];

    /// <summary>Adds an option of Mailroom's own, unless the kind has one of the same name and means it for itself.</summary>
    public static void AddOwn(Command command, IKind kind, params Option[] options)
    {
        foreach (var option in options)
            if (kind.Arguments.All(argument => argument.Word != option.Name))
                command.Add(option);
    }

    public JsonObject Read(ParseResult parsed)
    {
        var arguments = new JsonObject();
        foreach (var (argument, read) in _readers)
            if (read(parsed) is { } value)
                arguments[argument.Name] = value;
        return arguments;
    }

    private static (KindArgument Argument, Func<ParseResult, JsonNode?> Read) Add(Command command, KindArgument argument)
    {
        var help = argument.Help + (argument.DefaultText is { } value ? $" [{value}]" : "");
        return (
            argument,
            argument switch
            {
                { Positional: true, IsList: true } => AddList(
                    command,
                    new Argument<string[]>(argument.Word)
                    {
                        Description = help,
                        HelpName = argument.Word,
                        Arity = ArgumentArity.ZeroOrMore,
                    }
                ),
                { Positional: true } => AddOne(
                    command,
                    new Argument<string?>(argument.Word)
                    {
                        Description = help,
                        HelpName = argument.Word,
                        Arity = ArgumentArity.ZeroOrOne,
                    }
                ),
                { IsFlag: true } => AddFlag(command, new Option<bool>(argument.Word, [.. argument.Aliases ?? []]) { Description = help }),
                _ => AddValue(
                    command,
                    argument,
                    new Option<string?>(argument.Word, [.. argument.Aliases ?? []]) { Description = help, HelpName = "VALUE" }
                ),
            }
        );
    }

    private static Func<ParseResult, JsonNode?> AddList(Command command, Argument<string[]> list)
    {
        command.Add(list);
        return parsed =>
            parsed.GetValue(list) is { Length: > 0 } words ? new JsonArray([.. words.Select(word => JsonValue.Create(word))]) : null;
    }

    private static Func<ParseResult, JsonNode?> AddOne(Command command, Argument<string?> one)
    {
        command.Add(one);
        return parsed => parsed.GetValue(one) is { } word ? JsonValue.Create(word) : null;
    }

    private static Func<ParseResult, JsonNode?> AddFlag(Command command, Option<bool> flag)
    {
        command.Add(flag);
        return parsed => parsed.GetResult(flag) is null ? null : JsonValue.Create(parsed.GetValue(flag));
    }

    private static Func<ParseResult, JsonNode?> AddValue(Command command, KindArgument argument, Option<string?> option)
    {
        option.CompletionSources.Add([.. argument.Choices]);
        command.Add(option);
        return parsed => parsed.GetValue(option) is { } word ? JsonValue.Create(word) : null;
    }
}
