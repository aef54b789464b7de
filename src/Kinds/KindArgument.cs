using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>An argument given by its place, like EXPRESSION; a list takes all that remain.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PositionalAttribute(string help) : Attribute
{
    public string Help { get; } = help;
}

/// <summary>An argument given by its name, like <c>--steps 100M</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string help) : Attribute
{
    public string Help { get; } = help;

    /// <summary>Other words for it, such as <c>-0</c>, for those who know them from elsewhere.</summary>
    public string[] Aliases { get; init; } = [];

    /// <summary>What stands for its value in a line of help, where its type says too little.</summary>
    public string? Value { get; init; }
}

/// <summary>
/// An argument that names a file or folder; one that is given and empty is refused, because a variable that is not set would make it the
/// current folder.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PathAttribute : Attribute;

/// <summary>
/// An option that names a file with one input a line. The console lets it be <c>-</c> for stdin, which it first saves to a
/// file, because the job may run in another process and long after.
/// </summary>
/// <param name="stdinByDefault">stdin is also taken where the option isn't given</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LinesAttribute(bool stdinByDefault = false) : Attribute
{
    public bool StdinByDefault { get; } = stdinByDefault;

    /// <summary>Words among the positional ones that give inputs, so that stdin is not taken.</summary>
    public string[] Unless { get; init; } = [];
}

/// <summary>One argument of a kind, read off its arguments record.</summary>
/// <param name="Name">as in JSON: camelCase</param>
/// <param name="Word">as on the command line: <c>EXPRESSION</c> or <c>--steps</c></param>
/// <param name="Help">what it means, in a few words</param>
/// <param name="Type">its .NET type</param>
/// <param name="Positional">whether its place says what it is</param>
/// <param name="IsPath">whether it names a file or folder</param>
/// <param name="Aliases">other words for it on the command line</param>
/// <param name="Lines">set where it names a file of inputs</param>
/// <param name="Default">the value it has when it isn't given; null when it must be given</param>
public sealed record KindArgument(
    string Name,
    string Word,
    string Help,
    Type Type,
    bool Positional,
    object? Default,
    bool Required,
    LinesAttribute? Lines = null,
    IReadOnlyList<string>? Aliases = null,
    bool IsPath = false
)
{
    /// <summary>The allowed words, for an enumeration; empty otherwise.</summary>
    public IReadOnlyList<string> Choices => Wanted.Words;

    public bool IsList => Type == typeof(IReadOnlyList<string>);

    public bool IsFlag => Type == typeof(bool);

    /// <summary>What may be given, for messages and help.</summary>
    public string Allowed => Wanted.Allowed;

    /// <summary>What stands for its value in a line of help.</summary>
    public string Sign
    {
        get => field ?? (IsPath ? "PATH" : Wanted.Sign);
        init;
    }

    internal Wanted Wanted { get; init; } = new(Type);

    /// <summary>What it was called before.</summary>
    internal string? Before { get; init; }

    public string? DefaultText =>
        Default switch
        {
            null => Wanted.Nothing,
            Enum word => word.Word(),
            TimeSpan { Ticks: 0 } => null,
            TimeSpan time => Input.Quantity.Text(time),
            false or "" => null,
            long count => Input.Quantity.Text(count),
            IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
            _ => Default.ToString(),
        };

    internal static IReadOnlyList<KindArgument> Of(Type args)
    {
        var constructor = args.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        return [.. constructor.GetParameters().Select(parameter => Of(args, parameter))];
    }

    private static KindArgument Of(Type args, ParameterInfo parameter)
    {
        var property =
            args.GetProperty(parameter.Name!)
            ?? throw new InvalidOperationException($"{args}: the constructor parameter {parameter.Name} has no property of its name");
        var positional = property.GetCustomAttribute<PositionalAttribute>();
        var option = property.GetCustomAttribute<OptionAttribute>();
        var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
        var words = JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name);
        return new KindArgument(
            name,
            positional is null ? "--" + words : words.ToUpperInvariant(),
            positional?.Help ?? option?.Help ?? "",
            Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType,
            positional is not null,
            parameter.HasDefaultValue ? DefaultOf(parameter) : null,
            Required: !parameter.HasDefaultValue,
            property.GetCustomAttribute<LinesAttribute>(),
            option?.Aliases ?? [],
            property.GetCustomAttribute<PathAttribute>() is not null || property.GetCustomAttribute<LinesAttribute>() is not null
        )
        {
            Sign = option?.Value!,
            Wanted = Wanted.Of(parameter, property),
            Before = property.GetCustomAttribute<FormerlyAttribute>()?.Name,
        };
    }

    // A struct's default, such as `TimeSpan x = default`, is reported as null by reflection.
    private static object? DefaultOf(ParameterInfo parameter) =>
        parameter.DefaultValue switch
        {
            null when parameter.ParameterType.IsValueType => Activator.CreateInstance(parameter.ParameterType),
            { } value when parameter.ParameterType.IsEnum => Enum.ToObject(parameter.ParameterType, value),
            var value => value,
        };
}
