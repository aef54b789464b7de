using System.Text.RegularExpressions;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Mailroom.Input;

namespace Mailroom.Settings;

/// <summary>Finds what Akka's lax HOCON parser lets pass: open braces and strings, and keys that don't exist.</summary>
internal static partial class SettingsCheck
{
    // Akka's parser calls itself for each bracket and for each word of a key, and whoever reads its settings for what they refer to.
    private const int MaxDepth = 100;
    private const int MaxWithin = 1_000;

    // What no text without quotes may hold: of one of these Akka's parser makes empty elements until no memory is left.
    private const string NeverInAList = ":=+`^?!@*&\\";

    public static Config Parse(SettingsLayer layer)
    {
        CheckShape(layer);
        var config = Read(layer);
        if (!config.IsEmpty && Circle(layer, config.Root, above: [], seen: []) is { } circle)
            throw Wrong(layer, layer.LineWith($"${{{circle.Path}"), $"{Visible.Text($"${{{circle.Path}}}")} leads back to where it stands");
        return config;
    }

    private static Config Read(SettingsLayer layer)
    {
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

    // Akka puts what ${…} names where it stands, without a look whether it stands within; whoever asks for its keys never comes to
    // an end, or to the end of the stack.
    private static HoconSubstitution? Circle(SettingsLayer layer, object element, HashSet<object> above, HashSet<object> seen)
    {
        if (!seen.Add(element))
            return null;
        if (above.Count > MaxWithin)
            throw Wrong(layer, 0, "its keys refer to keys that refer to keys, too deep to be followed");
        above.Add(element);
        IEnumerable<object> within = element switch
        {
            HoconObject node => node.Items.Values,
            HoconArray list => list,
            HoconValue value => value.Values,
            HoconSubstitution { ResolvedValue: { } value } => [value],
            _ => [],
        };
        var found = within
            .Select(inner => above.Contains(inner) ? element as HoconSubstitution : Circle(layer, inner, above, seen))
            .FirstOrDefault(circle => circle is not null);
        above.Remove(element);
        return found;
    }

    private static void CheckShape(SettingsLayer layer)
    {
        var open = new Stack<(char Bracket, int Line, int Depth)>();
        var lines = layer.Text.Split('\n');
        for (var number = 1; number <= lines.Length; number++)
            CheckLine(layer, lines[number - 1], number, open);
        if (open.TryPop(out var left))
            throw Wrong(layer, left.Line, $"the '{left.Bracket}' is never closed");
    }

    private static void CheckLine(SettingsLayer layer, string line, int number, Stack<(char Bracket, int Line, int Depth)> open)
    {
        var depth = DepthOf(open);
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
                case '$':
                    i = EndOfReference(layer, line, number, i);
                    break;
                case '{' or '[':
                    open.Push((line[i], number, ++depth));
                    break;
                case '.':
                    depth++;
                    break;
                case '}' or ']':
                    if (!open.TryPop(out var opened) || opened.Bracket != (line[i] == '}' ? '{' : '['))
                        throw Wrong(layer, number, $"a '{line[i]}' without its opening bracket");
                    depth = DepthOf(open);
                    break;
                case var odd when NeverInAList.Contains(odd) && IsIn('[', open):
                    throw Wrong(layer, number, $"a '{odd}' in a list stands between quotes only");
                case '=' or ':' or ',':
                    depth = DepthOf(open);
                    break;
                default:
                    break;
            }
            if (depth > MaxDepth)
                throw Wrong(layer, number, $"brackets or keys within each other, more than {MaxDepth} deep");
        }
    }

    // Akka's parser takes ${?key} for all of the settings, and comes to no end with other things between the braces.
    [GeneratedRegex(@"\G\$\{[A-Za-z0-9_.-]{1,200}\}")]
    private static partial Regex Reference();

    private static int DepthOf(Stack<(char Bracket, int Line, int Depth)> open) => open.TryPeek(out var last) ? last.Depth : 0;

    private static bool IsIn(char bracket, Stack<(char Bracket, int Line, int Depth)> open) =>
        open.TryPeek(out var last) && last.Bracket == bracket;

    private static int EndOfReference(SettingsLayer layer, string line, int number, int start) =>
        Reference().Match(line, start) is { Success: true } named
            ? start + named.Length - 1
            : throw Wrong(layer, number, "a '$' stands between quotes, or names a key of this text, as in ${akka.loglevel}");

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
