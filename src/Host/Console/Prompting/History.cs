namespace Mailroom.Host.Console.Prompting;

/// <summary>The lines that were typed, kept in a file of the state folder.</summary>
internal sealed class History(string path)
{
    private const int Kept = 1_000;

    private readonly List<string> _lines = File.Exists(path) ? [.. File.ReadLines(path).TakeLast(Kept)] : [];

    public int Count => _lines.Count;

    public string this[int index] => _lines[index];

    public void Add(string line)
    {
        if (line.Length == 0 || line.StartsWith(' ') || (_lines.Count > 0 && _lines[^1] == line))
            return;
        _lines.Add(line);
        if (_lines.Count > Kept)
            _lines.RemoveAt(0);
        StateFolder.WritePrivate(path, string.Join('\n', _lines) + "\n");
    }

    /// <summary>The newest line before <paramref name="before"/> that holds the text, or -1.</summary>
    public int Find(string text, int before) =>
        _lines.FindLastIndex(Math.Min(before, _lines.Count) - 1, line => line.Contains(text, StringComparison.OrdinalIgnoreCase));
}
