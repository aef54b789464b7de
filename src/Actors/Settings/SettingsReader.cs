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
        select before.Name;

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
        if (setting.GetCustomAttribute<FormerlyAttribute>() is { } before && whole.HasPath(before.Name))
            key = before.Name;
        if (setting.ParameterType == typeof(IReadOnlyList<string>))
            return Words(key);
        if (setting.ParameterType.IsClass && setting.ParameterType != typeof(string))
            return Section(setting.ParameterType, key);
        var value = One(key, Wanted.Of(setting, property: null));
        return value is 0 && setting.IsDefined(typeof(CoresAttribute)) ? Environment.ProcessorCount : value;
    }

    private object One(string key, Wanted wanted)
    {
        var text = whole.GetString(key) is { Length: > 0 } given ? given : throw Wrong(key, "is empty");
        return wanted.TryRead(text, out var value) ? value! : throw Wrong(key, wanted.Wrong(text));
    }

    private static string KeyOf(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    /// <summary>A list, or words with commas between them.</summary>
    private IReadOnlyList<string> Words(string key) =>
        whole.GetValue(key) is { } value && value.IsArray()
            ? [.. value.GetStringList()]
            : (whole.GetString(key) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>How a setting is called where it was set: by its name, or by the one it had before.</summary>
    public string Called(string key, string before) => whole.HasPath(before) ? before : key;

    public UserError Wrong(string key, string what)
    {
        var (layer, _) = layers.LastOrDefault(layer => !layer.Config.IsEmpty && layer.Config.HasPath(key), layers[0]);
        return SettingsCheck.Wrong(layer, layer.LineOf(key), $"{key} {what}");
    }
}
