using System.CommandLine;
using System.Text.Json.Nodes;
using Mailroom.Kinds;

namespace Mailroom.Host.Console;

/// <summary>
/// Arguments as words of a command. What is given is read as text and left to whoever binds it, so that its errors are the same everywhere.
/// </summary>
internal sealed class Words
{
    private readonly Command _command;
    private readonly bool _isShared;
    private readonly List<(KindArgument Argument, Func<ParseResult, JsonNode?> Read)> _readers;

    /// <param name="isShared">its subcommands take the options too, but for those that they have themselves</param>
    public Words(Command command, IEnumerable<KindArgument> arguments, bool isShared = false)
    {
        (_command, _isShared) = (command, isShared);
        _readers = [.. arguments.Select(argument => (argument, Add(argument)))];
    }

    public JsonObject Read(ParseResult parsed)
    {
        var arguments = new JsonObject();
        foreach (var (argument, read) in _readers)
            if (read(parsed) is { } value)
                arguments[argument.Name] = value;
        return arguments;
    }

    private Func<ParseResult, JsonNode?> Add(KindArgument argument)
    {
        var help = argument.Help + (argument.DefaultText is { } value ? $" [{value}]" : "");
        return argument switch
        {
            { Positional: true, IsList: true } => AddList(argument, help),
            { Positional: true } => AddOne(argument, help),
            { IsFlag: true } => AddFlag(argument, help),
            { IsList: true } => AddValues(argument, help),
            _ => AddValue(argument, help),
        };
    }

    private Func<ParseResult, JsonNode?> AddList(KindArgument argument, string help)
    {
        var list = new Argument<string[]>(argument.Word)
        {
            Description = help,
            HelpName = argument.Word,
            Arity = argument.Required ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore,
        };
        _command.Add(list);
        return parsed =>
            parsed.GetValue(list) is { Length: > 0 } words ? new JsonArray([.. words.Select(word => JsonValue.Create(word))]) : null;
    }

    private Func<ParseResult, JsonNode?> AddOne(KindArgument argument, string help)
    {
        var one = new Argument<string?>(argument.Word)
        {
            Description = help,
            HelpName = argument.Word,
            Arity = argument.Required ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne,
        };
        _command.Add(one);
        return parsed => parsed.GetValue(one) is { } word ? JsonValue.Create(word) : null;
    }

    private Func<ParseResult, JsonNode?> AddFlag(KindArgument argument, string help)
    {
        var flag = new Option<bool>(argument.Word, [.. argument.Aliases ?? []]) { Description = help, Recursive = _isShared };
        _command.Add(flag);
        return parsed => parsed.GetResult(flag) is null ? null : JsonValue.Create(parsed.GetValue(flag));
    }

    /// <summary>An option that may come again and again.</summary>
    private Func<ParseResult, JsonNode?> AddValues(KindArgument argument, string help)
    {
        var option = new Option<string[]>(argument.Word, [.. argument.Aliases ?? []])
        {
            Description = help,
            HelpName = argument.Sign,
            Recursive = _isShared,
        };
        _command.Add(option);
        return parsed =>
            parsed.GetValue(option) is { Length: > 0 } words ? new JsonArray([.. words.Select(word => JsonValue.Create(word))]) : null;
    }

    private Func<ParseResult, JsonNode?> AddValue(KindArgument argument, string help)
    {
        var option = new Option<string?>(argument.Word, [.. argument.Aliases ?? []])
        {
            Description = help,
            HelpName = argument.Sign,
            Required = argument.Required,
            Recursive = _isShared,
        };
        option.CompletionSources.Add([.. argument.Choices]);
        _command.Add(option);
        if (argument.Before is null || _command.Options.Any(other => other.Name == argument.Before))
            return parsed => parsed.GetValue(option) is { } word ? JsonValue.Create(word) : null;
        var before = new Option<string?>(argument.Before) { Hidden = true, Recursive = _isShared };
        _command.Add(before);
        return parsed => (parsed.GetValue(option) ?? parsed.GetValue(before)) is { } word ? JsonValue.Create(word) : null;
    }
}

/// <summary>A command's own arguments and options, declared as a record as those of a kind are.</summary>
internal sealed class Declared<T>
{
    private readonly Command _command;
    private readonly string _where;
    private readonly IReadOnlyList<KindArgument> _arguments = KindArgument.Of(typeof(T));
    private readonly Words _words;

    /// <param name="where">how messages call the command</param>
    /// <param name="isShared">see <see cref="Words"/></param>
    public Declared(Command command, string where, bool isShared = false)
    {
        (_command, _where) = (command, where);
        _words = new Words(command, _arguments, isShared);
    }

    /// <exception cref="Input.UserError">one of them is wrong</exception>
    public T Read(ParseResult parsed) => (T)ArgumentBinder.Bind(_where, _arguments, typeof(T), _words.Read(parsed));

    /// <summary>One of them, by its word.</summary>
    public Symbol this[string word] =>
        (Symbol?)_command.Options.FirstOrDefault(option => option.Name == word)
        ?? _command.Arguments.First(argument => argument.Name == word);
}
