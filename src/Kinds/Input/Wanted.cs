using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Mailroom.Input;

/// <summary>
/// What a value has to be that is given as text: the one reader of kinds' arguments, of console options and of settings. It is declared
/// by the type of a record's parameter and its attributes.
/// </summary>
internal sealed class Wanted
{
    private static readonly string[] Yes = ["on", "true", "yes"];
    private static readonly string[] No = ["off", "false", "no"];
    private static readonly (string Name, double Seconds)[] Units = [("d", 86_400), ("h", 3_600), ("m", 60)];

    private readonly FromAttribute? _limits;
    private readonly bool _isPercent;

    public Wanted(Type type, params IEnumerable<Attribute> attributes)
    {
        Type = Nullable.GetUnderlyingType(type) ?? type;
        var declared = attributes.ToList();
        _limits = declared.OfType<FromAttribute>().FirstOrDefault();
        Nothing = declared.OfType<OrAttribute>().FirstOrDefault()?.Word;
        _isPercent = declared.OfType<PercentAttribute>().Any();
        Words = Type.IsEnum
            ?
            [
                .. Enum.GetNames(Type).Select(JsonNamingPolicy.CamelCase.ConvertName),
                .. Nothing is null ? Array.Empty<string>() : [Nothing],
            ]
            : [];
    }

    public static Wanted Of(ParameterInfo parameter, PropertyInfo? property) =>
        new(parameter.ParameterType, [.. parameter.GetCustomAttributes(), .. property?.GetCustomAttributes() ?? []]);

    public Type Type { get; }

    /// <summary>The words that are allowed, where only certain ones are.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The word that says that there is no value, if one does.</summary>
    public string? Nothing { get; }

    /// <summary>What is allowed, for messages and help.</summary>
    public string Allowed =>
        Type switch
        {
            _ when Words is [var only] => only,
            _ when Type.IsEnum => $"{string.Join(", ", Words.SkipLast(1))} or {Words[^1]}",
            _ when Type == typeof(bool) => "on or off",
            _ when _limits is BytesAttribute => $"a size such as 10kB or 64MiB{Between(bytes => $"{bytes:0}", " bytes")}",
            _ when IsWhole => _limits is null ? "a whole number such as 1000, 100M or 1e6" : $"a whole number{Between(Plain, "")}",
            _ when Type == typeof(TimeSpan) => $"a duration such as 500ms, 5s or 2m{Between(Seconds, "")}",
            _ when _isPercent => "a percentage from 0 to 100",
            _ when Type == typeof(double) => $"a number{Between(Plain, "")}",
            _ => "text",
        };

    /// <summary>What stands for the value in a line of help: <c>N</c>, <c>D</c>.</summary>
    public string Sign =>
        Type switch
        {
            _ when Words.Count > 0 => string.Join('|', Words),
            _ when IsWhole => "N",
            _ when _isPercent => "PERCENT",
            _ when Type == typeof(double) => "X",
            _ when Type == typeof(TimeSpan) => "D",
            _ => "TEXT",
        };

    private bool IsWhole => Type == typeof(int) || Type == typeof(long);

    /// <summary>The value that the text says, which is null where it says that there is none.</summary>
    public bool TryRead(string text, out object? value)
    {
        value = null;
        if (string.Equals(text, Nothing, StringComparison.OrdinalIgnoreCase))
            return true;
        value = Read(text);
        return value is not null && IsWithin(value);
    }

    /// <summary>The rest of a message: what was given, what is allowed, and what was probably meant.</summary>
    public string Wrong(string text) => $"is '{Visible.Text(text)}', but it takes {Allowed}{Nearest.Hint(text, Words)}";

    private object? Read(string text) =>
        Type switch
        {
            _ when Type == typeof(string) => text,
            _ when Type == typeof(bool) => Yes.Contains(text, StringComparer.OrdinalIgnoreCase) ? true
            : No.Contains(text, StringComparer.OrdinalIgnoreCase) ? false
            : null,
            _ when IsWhole && TryWhole(text, out var whole) => Type == typeof(long) ? whole : Int(whole),
            _ when _isPercent && Quantity.TryNumber(text.EndsWith('%') ? text[..^1] : text, out var share) => share is >= 0 and <= 100
                ? share
                : null,
            _ when Type == typeof(double) && Quantity.TryNumber(text, out var number) => number,
            _ when Type == typeof(TimeSpan) && Quantity.TryDuration(text, out var duration) => duration,
            _ when Words.Contains(text, StringComparer.OrdinalIgnoreCase) => Enum.Parse(Type, text, ignoreCase: true),
            _ => null,
        };

    // Counts of things and of bytes alike, where nothing is said.
    private bool TryWhole(string text, out long number) =>
        _limits is BytesAttribute
            ? Quantity.TrySize(text, out number)
            : Quantity.TryCount(text, out number) || (_limits is null && Quantity.TrySize(text, out number));

    private static object? Int(long whole) => whole is >= int.MinValue and <= int.MaxValue ? (int)whole : null;

    private bool IsWithin(object value) =>
        _limits is null
        || (value is TimeSpan time ? time.TotalSeconds : Convert.ToDouble(value, CultureInfo.InvariantCulture)) is var number
            && number >= _limits.Least
            && number <= _limits.Most;

    private string Between(Func<double, string> text, string unit) =>
        _limits is null
            ? ""
            : $"{(IsWhole && _limits is not BytesAttribute ? "" : ",")} from {text(_limits.Least)} to {text(_limits.Most)}{unit}";

    private static string Plain(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) =>
        Units.FirstOrDefault(unit => seconds >= unit.Seconds && seconds % unit.Seconds == 0) is { Name: { } name } unit
            ? Plain(seconds / unit.Seconds) + name
        : seconds >= 1 ? Plain(seconds) + "s"
        : seconds >= 1e-3 ? Plain(seconds * 1e3) + "ms"
        : seconds > 0 ? Plain(seconds * 1e6) + "us"
        : "0";
}
