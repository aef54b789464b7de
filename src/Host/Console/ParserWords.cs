using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mailroom.Host.Console;

/// <summary>
/// What is wrong with a command line, in words of our own, from where the parser found it: all values are text to it, so there can only be
/// too many or too few.
/// </summary>
internal static class ParserWords
{
    public static string Of(ParseResult parsed)
    {
        var missing = parsed.CommandResult.Command.Options.FirstOrDefault(option => option.Required && parsed.GetResult(option) is null);
        var first = parsed.Errors.MinBy(error =>
            error.SymbolResult switch
            {
                OptionResult { Implicit: true } => 2, // what is missing, after what is wrong
                ArgumentResult => 1,
                _ => 0,
            }
        )!;
        return first switch
        {
            { SymbolResult: OptionResult { Option.ValueType: { } type } flag } when type == typeof(bool) =>
                $"{flag.Option.Name} takes no value",
            { SymbolResult: OptionResult { Implicit: true, Option: var option } } => $"{option.Name} is missing{About(option)}",
            { SymbolResult: OptionResult { Tokens.Count: 0, Option.HelpName: { } value } option } =>
                $"{option.Option.Name} takes a value: {value}",
            { SymbolResult: OptionResult { Tokens.Count: > 1 } option } => $"{option.Option.Name} is given more than once",
            { SymbolResult: ArgumentResult argument } => $"{argument.Argument.Name} is missing{About(argument.Argument)}",
            _ when parsed.UnmatchedTokens is [var word, ..] => $"'{Input.Visible.Text(word)}' is not understood",
            _ when missing is not null => $"{missing.Name} is missing{About(missing)}",
            var error => error.Message.TrimEnd('.'),
        };
    }

    private static string About(Symbol symbol) => symbol.Description is { Length: > 0 } about ? $" ({about})" : "";
}
