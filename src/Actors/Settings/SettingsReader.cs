using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Akka.Configuration;
using Mailroom.Input;

namespace Mailroom.Settings;

/// <summary>Reads single settings with their type and range, and knows in which layer each was last set.</summary>
internal sealed class SettingsReader(Config whole, IReadOnlyList<(SettingsLayer Layer, Config Config)> layers)
{
    /// <summary>What settings were called before; they are read all the same.</summary>
    public static IEnumerable<string> OldKeys =>
        from section in typeof(MailroomSettings).GetConstructors().Single().GetParameters()
        from constructor in section.ParameterType.GetConstructors()
        from setting in constructor.GetParameters()
        let before = setting.GetCustomAttribute<FormerlyAttribute>()
        where before is not null
        select before.Key;

    /// <summary>A record of settings, each by the name of its parameter: BatchTime of mailroom.pool is mailroom.pool.batch-time.</summary>
    /// <exception cref="UserError">one of them is wrong</exception>
    public T Section<T>(string name) => (T)Section(typeof(T), name);

    private object Section(Type type, string name)
    {
        var constructor = type.GetConstructors().Single();
        return constructor.Invoke([.. constructor.GetParameters().Select(setting => Value($"{name}.{KeyOf(setting.Name!)}", setting))]);
    }

    private object Value(string key, ParameterInfo setting)
    {
        if (setting.ParameterType == typeof(Config))
            return whole;
        if (setting.GetCustomAttribute<FormerlyAttribute>() is { } before && whole.HasPath(before.Key))
            key = before.Key;
        return setting
            .GetCustomAttributes()
            .OfType<Attribute>()
            .FirstOrDefault(limit => limit is FromAttribute or BytesAttribute or CoresAttribute) switch
        {
            FromAttribute limit when setting.ParameterType == typeof(TimeSpan) => Duration(key, limit.Least, limit.Most),
            FromAttribute limit => Count(key, (int)limit.Least, (int)limit.Most),
            BytesAttribute limit => Size(key, limit.Least, limit.Most),
            CoresAttribute limit => Count(key, 0, limit.Most) is > 0 and var count ? count : Environment.ProcessorCount,
            _ when setting.ParameterType == typeof(bool) => Flag(key),
            _ when setting.ParameterType == typeof(string) => Text(key),
            _ when setting.ParameterType == typeof(IReadOnlyList<string>) => Words(key),
            _ when setting.ParameterType.IsEnum => Word(key, setting.ParameterType),
            _ => Section(setting.ParameterType, key),
        };
    }

    private static string KeyOf(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private string Text(string key) => whole.GetString(key) is { Length: > 0 } text ? text : throw Wrong(key, "is empty");

    /// <summary>A list, or words with commas between them.</summary>
    private IReadOnlyList<string> Words(string key) =>
        whole.GetValue(key) is { } value && value.IsArray()
            ? [.. value.GetStringList()]
            : (whole.GetString(key) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private int Count(string key, int min, int max)
    {
        var text = Text(key);
        return Quantity.TryCount(text, out var count) && count >= min && count <= max
            ? (int)count
            : throw Wrong(key, $"is '{Visible.Text(text)}', but must be a whole number from {min} to {max}");
    }

    /// <param name="min">seconds</param>
    /// <param name="max">seconds</param>
    private TimeSpan Duration(string key, double min, double max)
    {
        var text = Text(key);
        return Quantity.TryDuration(text, out var duration) && duration.TotalSeconds >= min && duration.TotalSeconds <= max
            ? duration
            : throw Wrong(
                key,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"is '{Visible.Text(text)}', but must be a duration such as 500ms, 5s or 2m, from {min} s to {max} s"
                )
            );
    }

    private int Size(string key, int min, int max)
    {
        var text = Text(key);
        return Quantity.TrySize(text, out var bytes) && bytes >= min && bytes <= max
            ? (int)bytes
            : throw Wrong(key, $"is '{Visible.Text(text)}', but must be a size such as 10kB or 64MiB, from {min} to {max} bytes");
    }

    private bool Flag(string key) =>
        Text(key) switch
        {
            "on" or "true" or "yes" => true,
            "off" or "false" or "no" => false,
            var text => throw Wrong(key, $"is '{Visible.Text(text)}', but must be on or off"),
        };

    private object Word(string key, Type type)
    {
        var text = Text(key);
        var words = Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName).ToList();
        return words.Contains(text)
            ? Enum.Parse(type, text, ignoreCase: true)
            : throw Wrong(key, $"is '{Visible.Text(text)}', but must be one of {string.Join(", ", words)}{Nearest.Hint(text, words)}");
    }

    public UserError Wrong(string key, string what)
    {
        var (layer, _) = layers.LastOrDefault(layer => !layer.Config.IsEmpty && layer.Config.HasPath(key), layers[0]);
        return SettingsCheck.Wrong(layer, layer.LineOf(key), $"{key} {what}");
    }
}
