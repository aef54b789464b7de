using Mailroom.Host.Terminals;

namespace Mailroom.Host.Console.Prompting;

/// <summary>
/// Edits one line at the bottom of the terminal. Arrows, Home, End and the usual control keys move and delete, Up and
/// Down go through the history, Ctrl-R searches it, Tab completes.
/// </summary>
internal sealed class LineEditor(Terminal terminal, History history, Func<string, IReadOnlyList<string>> complete)
{
    private string _text = "";
    private int _cursor;
    private int _at;
    private string? _search;

    /// <summary>The line, or null for Ctrl-C or Ctrl-D on an empty one.</summary>
    public Task<string?> ReadAsync(string prompt) => Task.Factory.StartNew(() => Read(prompt), TaskCreationOptions.LongRunning);

    private string? Read(string prompt)
    {
        (_text, _cursor, _at, _search) = ("", 0, history.Count, null);
        var control = System.Console.TreatControlCAsInput;
        System.Console.TreatControlCAsInput = true;
        try
        {
            for (; ; )
            {
                Draw(prompt);
                var key = System.Console.ReadKey(intercept: true);
                if (_search is not null && Search(key))
                    continue;
                if (IsControl(key, ConsoleKey.C) || (IsControl(key, ConsoleKey.D) && _text.Length == 0))
                {
                    var empty = _text.Length == 0;
                    terminal.KeepBottom();
                    if (empty)
                        return null;
                    (_text, _cursor, _at) = ("", 0, history.Count);
                }
                else if (key.Key == ConsoleKey.Enter)
                {
                    terminal.KeepBottom();
                    history.Add(_text);
                    return _text;
                }
                else
                    Edit(key);
            }
        }
        finally
        {
            System.Console.TreatControlCAsInput = control;
        }
    }

    private void Edit(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor = Math.Max(0, _cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                _cursor = Math.Min(_text.Length, _cursor + 1);
                break;
            case ConsoleKey.Home:
                _cursor = 0;
                break;
            case ConsoleKey.End:
                _cursor = _text.Length;
                break;
            case ConsoleKey.Backspace when _cursor > 0:
                Remove(_cursor - 1, 1);
                break;
            case ConsoleKey.Delete when _cursor < _text.Length:
                _text = _text.Remove(_cursor, 1);
                break;
            case ConsoleKey.UpArrow:
                Recall(_at - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_at + 1);
                break;
            case ConsoleKey.Tab:
                Complete();
                break;
            default:
                if ((key.Modifiers & ConsoleModifiers.Control) != 0)
                    EditByControl(key.Key);
                else if (!char.IsControl(key.KeyChar))
                    Insert(key.KeyChar.ToString());
                break;
        }
    }

    private void EditByControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.A:
                _cursor = 0;
                break;
            case ConsoleKey.E:
                _cursor = _text.Length;
                break;
            case ConsoleKey.K:
                _text = _text[.._cursor];
                break;
            case ConsoleKey.U:
                Remove(0, _cursor);
                break;
            case ConsoleKey.W:
                var start = _text.AsSpan(0, _cursor).TrimEnd(' ').LastIndexOf(' ') + 1;
                Remove(start, _cursor - start);
                break;
            case ConsoleKey.R:
                _search = "";
                break;
            default:
                break;
        }
    }

    /// <summary>A key while the history is searched; false when it ends the search and means something itself.</summary>
    private bool Search(ConsoleKeyInfo key)
    {
        var before = _at;
        if (key.Key == ConsoleKey.Backspace && _search!.Length > 0)
            (_search, before) = (_search[..^1], history.Count);
        else if (!char.IsControl(key.KeyChar) && key.Modifiers is 0 or ConsoleModifiers.Shift)
            (_search, before) = (_search + key.KeyChar, history.Count);
        else if (!IsControl(key, ConsoleKey.R))
        {
            _search = null;
            return key.Key == ConsoleKey.Escape || IsControl(key, ConsoleKey.G);
        }
        if (_search!.Length > 0 && before > 0 && history.Find(_search, before) is >= 0 and var found)
            (_at, _text, _cursor) = (found, history[found], history[found].Length);
        return true;
    }

    private void Recall(int at)
    {
        _at = Math.Clamp(at, 0, history.Count);
        _text = _at < history.Count ? history[_at] : "";
        _cursor = _text.Length;
    }

    private void Complete()
    {
        var before = _text[.._cursor];
        var word = before[(before.LastIndexOf(' ') + 1)..];
        var candidates = complete(before).Where(candidate => candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase)).ToList();
        if (candidates.Count == 0)
            return;
        var common = candidates.Aggregate((a, b) => a[..a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count()]);
        if (common.Length > word.Length)
            Insert(common[word.Length..]);
        if (candidates.Count == 1)
            Insert(" ");
        else if (common.Length == word.Length)
            terminal.Notice(string.Join("  ", candidates));
    }

    private void Insert(string text)
    {
        _text = _text.Insert(_cursor, text);
        _cursor += text.Length;
    }

    private void Remove(int start, int count)
    {
        _text = _text.Remove(start, count);
        _cursor = start;
    }

    private void Draw(string prompt)
    {
        var head = _search is null ? prompt : $"(search '{_search}') ";
        terminal.SetBottom(head + _text, head.Length + _cursor);
    }

    private static bool IsControl(ConsoleKeyInfo key, ConsoleKey letter) =>
        key.Key == letter && (key.Modifiers & ConsoleModifiers.Control) != 0;
}
