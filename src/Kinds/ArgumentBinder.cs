using System.Text.Json;
using System.Text.Json.Nodes;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>Makes a record of arguments of what a user gave, or says in one line why it can't.</summary>
internal static class ArgumentBinder
{
    public static object Bind(string kind, IReadOnlyList<KindArgument> arguments, Type type, JsonObject given)
    {
        foreach (var name in given.Select(pair => pair.Key))
            if (arguments.All(argument => argument.Name != name))
                throw new UserError(
                    $"{kind}: there is no argument '{name}'; it takes {string.Join(", ", arguments.Select(a => a.Name))}"
                        + Nearest.Hint(name, arguments.Select(a => a.Name))
                );

        var values = arguments.Select(argument => Value(kind, argument, given[argument.Name])).ToArray();
        var constructor = type.GetConstructors().Single(c => c.GetParameters().Length == values.Length);
        return constructor.Invoke(values);
    }

    private static object? Value(string kind, KindArgument argument, JsonNode? given) =>
        given switch
        {
            null when argument.Required => throw new UserError(
                $"{kind}: {argument.Word} is missing ({argument.Help}); 'mailroom kinds show {kind}' lists the arguments"
            ),
            null => argument.Default,
            JsonArray list when argument.IsList => Texts(kind, argument, list),
            JsonValue value when argument.IsList => new[] { value.ToString() },
            JsonValue value => Parse(
                kind,
                argument,
                value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString()
            ),
            _ => throw Wrong(kind, argument, given.ToJsonString()),
        };

    private static string[] Texts(string kind, KindArgument argument, JsonArray list) =>
        list.Count > 0 || !argument.Required
            ? [.. list.Select(item => item?.ToString() ?? throw Wrong(kind, argument, "null"))]
            : throw new UserError($"{kind}: at least one {argument.Word} is needed ({argument.Help})");

    private static object? Parse(string kind, KindArgument argument, string text) =>
        argument.IsPath && text.Length == 0 ? throw Disk.Empty($"{kind}: {argument.Word}")
        : argument.Wanted.TryRead(text, out var value) ? value
        : throw Wrong(kind, argument, text);

    private static UserError Wrong(string kind, KindArgument argument, string text) =>
        new($"{kind}: {argument.Word} {argument.Wanted.Wrong(text)}");
}
