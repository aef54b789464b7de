using System.Globalization;
using System.Text.Json;
using Akka.Configuration;
using Mailroom.Input;

namespace Mailroom.Settings;

/// <summary>Reads single settings with their type and range, and knows in which layer each was last set.</summary>
internal sealed class SettingsReader(Config whole, IReadOnlyList<(SettingsLayer Layer, Config Config)> layers)
{
    // What a key was called before.
    private static readonly Dictionary<string, string> Before = new(StringComparer.Ordinal)
    {
        ["mailroom.jobs.attempts"] = "mailroom.jobs.retries",
    };

    public static IEnumerable<string> OldKeys => Before.Values;

    public Config Whole => whole;

    /// <summary>The name under which the user has set it: perhaps the one that it had before.</summary>
    public string OldOr(string key) => whole.HasPath(Before[key]) ? Before[key] : key;

    public string Text(string key) => whole.GetString(key) is { Length: > 0 } text ? text : throw Wrong(key, "is empty");

    /// <summary>A list, or words with commas between them.</summary>
    public IReadOnlyList<string> Words(string key) =>
        whole.GetValue(key) is { } value && value.IsArray()
            ? [.. value.GetStringList()]
            : (whole.GetString(key) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public int Count(string key, int min, int max)
    {
        var text = Text(key);
        return Quantity.TryCount(text, out var count) && count >= min && count <= max
            ? (int)count
            : throw Wrong(key, $"is '{Visible.Text(text)}', but must be a whole number from {min} to {max}");
    }

    public int CoresIfZero(string key, int max) => Count(key, 0, max) is > 0 and var count ? count : Environment.ProcessorCount;

    /// <param name="min">seconds</param>
    /// <param name="max">seconds</param>
    public TimeSpan Duration(string key, double min, double max)
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

    public int Size(string key, int min, int max)
    {
        var text = Text(key);
        return Quantity.TrySize(text, out var bytes) && bytes >= min && bytes <= max
            ? (int)bytes
            : throw Wrong(key, $"is '{Visible.Text(text)}', but must be a size such as 10kB or 64MiB, from {min} to {max} bytes");
    }

    public bool Flag(string key) =>
        Text(key) switch
        {
            "on" or "true" or "yes" => true,
            "off" or "false" or "no" => false,
            var text => throw Wrong(key, $"is '{Visible.Text(text)}', but must be on or off"),
        };

    public T Word<T>(string key)
        where T : struct, Enum
    {
        var text = Text(key);
        var words = Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName).ToList();
        return words.Contains(text) && Enum.TryParse<T>(text, ignoreCase: true, out var value)
            ? value
            : throw Wrong(key, $"is '{Visible.Text(text)}', but must be one of {string.Join(", ", words)}{Nearest.Hint(text, words)}");
    }

    public UserError Wrong(string key, string what)
    {
        var (layer, _) = layers.LastOrDefault(layer => !layer.Config.IsEmpty && layer.Config.HasPath(key), layers[0]);
        return SettingsCheck.Wrong(layer, layer.LineOf(key), $"{key} {what}");
    }
}
