namespace Mailroom.Settings;

/// <summary>A text of settings and where it came from: a file's name, or the option it was given with.</summary>
public sealed record SettingsLayer(string Name, string Text, bool HasLines = true)
{
    /// <summary>"host.conf:12" or just the name.</summary>
    public string Place(int line) => HasLines && line > 0 ? $"{Name}:{line}" : Name;

    /// <summary>The line, from 1, on which a setting seems to stand; 0 when it isn't found.</summary>
    public int LineOf(string key)
    {
        var last = key[(key.LastIndexOf('.') + 1)..];
        var lines = Text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimStart();
            var at = line.IndexOf(last, StringComparison.Ordinal);
            if (at < 0 || line.StartsWith('#') || (at > 0 && line[at - 1] is not ('.' or '"' or ' ' or '{' or ',')))
                continue;
            if (line[(at + last.Length)..].TrimStart(' ', '"') is ['=' or ':' or '{', ..])
                return i + 1;
        }
        return 0;
    }

    /// <summary>The first line, from 1, with this in it; 0 when there is none.</summary>
    public int LineWith(string part) => Array.FindIndex(Text.Split('\n'), line => line.Contains(part, StringComparison.Ordinal)) + 1;
}
