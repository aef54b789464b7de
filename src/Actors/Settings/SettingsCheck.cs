using Akka.Configuration;
using Akka.Configuration.Hocon;
using Mailroom.Input;

namespace Mailroom.Settings;

/// <summary>Finds what Akka's lax HOCON parser lets pass: open braces and strings, and keys that don't exist.</summary>
internal static class SettingsCheck
{
    public static Config Parse(SettingsLayer layer)
    {
        CheckShape(layer);
        try
        {
            return ConfigurationFactory.ParseString(layer.Text);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            throw Wrong(layer, 0, $"can't be read: {Visible.Text(error.Message)}");
        }
    }

    /// <summary>Every key must be one of the known ones; below <c>akka</c> Akka decides.</summary>
    public static void CheckKeys(SettingsLayer layer, Config config, IReadOnlySet<string> known)
    {
        foreach (var key in Keys(config))
        {
            if (
                known.Contains(key)
                || key == "akka"
                || key.StartsWith("akka.", StringComparison.Ordinal)
                || key.StartsWith("mailroom.dispatchers.", StringComparison.Ordinal)
            )
                continue;
            throw Wrong(
                layer,
                layer.LineOf(key),
                $"there is no setting '{Visible.Text(key)}'{Nearest.Hint(key, known)}; all are in hocon/mailroom.conf"
            );
        }
    }

    public static IEnumerable<string> Keys(Config config) => config.IsEmpty ? [] : Keys("", config.Root.GetObject());

    public static UserError Wrong(SettingsLayer layer, int line, string what) =>
        new($"settings: {layer.Place(line)}: {what}", ExitCode.Settings);

    private static IEnumerable<string> Keys(string prefix, HoconObject node) =>
        node.Items.SelectMany(item =>
        {
            var key = prefix.Length == 0 ? item.Key : prefix + "." + item.Key;
            return item.Value.IsObject() ? Keys(key, item.Value.GetObject()) : [key];
        });

    private static void CheckShape(SettingsLayer layer)
    {
        var open = new Stack<(char Bracket, int Line)>();
        var lines = layer.Text.Split('\n');
        for (var number = 1; number <= lines.Length; number++)
            CheckLine(layer, lines[number - 1], number, open);
        if (open.TryPop(out var left))
            throw Wrong(layer, left.Line, $"the '{left.Bracket}' is never closed");
    }

    private static void CheckLine(SettingsLayer layer, string line, int number, Stack<(char Bracket, int Line)> open)
    {
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                case '#':
                case '/' when i + 1 < line.Length && line[i + 1] == '/':
                    return;
                case '"':
                    i = EndOfString(layer, line, number, i);
                    break;
                case '{' or '[':
                    open.Push((line[i], number));
                    break;
                case '}' or ']':
                    if (!open.TryPop(out var opened) || opened.Bracket != (line[i] == '}' ? '{' : '['))
                        throw Wrong(layer, number, $"a '{line[i]}' without its opening bracket");
                    break;
                default:
                    break;
            }
        }
    }

    private static int EndOfString(SettingsLayer layer, string line, int number, int start)
    {
        for (var i = start + 1; i < line.Length; i++)
        {
            if (line[i] == '\\')
                i++;
            else if (line[i] == '"')
                return i;
        }
        throw Wrong(layer, number, "a string is never closed");
    }
}
