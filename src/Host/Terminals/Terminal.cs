using System.Text.Json.Nodes;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Kinds;
using Spectre.Console;

namespace Mailroom.Host.Terminals;

internal enum ColorMode
{
    Auto,
    Always,
    Never,
}

/// <summary>
/// The one writer of this process: data to stdout, notices and progress to stderr. Whatever is being edited or shown as
/// progress at the bottom is taken away before a line is written and put back after it.
/// </summary>
internal sealed class Terminal
{
    private const int PlainWidth = 160;
    private const int MinStretch = 16;

    private readonly Lock _gate = new();
    private readonly TextWriter _out;
    private readonly TextWriter _error;
    private string _bottom = "";
    private int _bottomCursor;

    public Terminal(TextWriter output, TextWriter error, bool outIsTerminal, bool errorIsTerminal)
    {
        (_out, _error, OutIsTerminal, ErrorIsTerminal) = (output, error, outIsTerminal, errorIsTerminal);
        Colors = outIsTerminal && NoColor is not { Length: > 0 };
    }

    public bool OutIsTerminal { get; }

    public bool ErrorIsTerminal { get; }

    /// <summary>Whether data is coloured: --color, then NO_COLOR, then whether stdout is a terminal.</summary>
    public bool Colors { get; private set; }

    public int Width => OutIsTerminal || ErrorIsTerminal ? Math.Clamp(SafeWidth(), 20, 240) : PlainWidth;

    private static string? NoColor => Environment.GetEnvironmentVariable("NO_COLOR");

    public static Terminal OfProcess() =>
        new(
            new OctetWriter(StandardStream.Output()),
            new OctetWriter(StandardStream.Error()),
            !System.Console.IsOutputRedirected,
            !System.Console.IsErrorRedirected
        );

    public void SetColors(ColorMode mode) =>
        Colors = mode switch
        {
            ColorMode.Always => true,
            ColorMode.Never => false,
            _ => OutIsTerminal && NoColor is not { Length: > 0 },
        };

    /// <summary>A line of data.</summary>
    /// <exception cref="UserError">stdout takes nothing, because its disk is full or it is closed</exception>
    public void Data(string line) => Data(() => Write(_out, line + "\n"));

    /// <summary>JSON, on a line.</summary>
    /// <exception cref="UserError">stdout takes nothing, because its disk is full or it is closed</exception>
    public void Json(JsonNode json) => Data(Visible.Json(json.ToJsonString(Codec.JsonOptions)));

    /// <summary>Data as it is, without a line's end of ours; on a terminal its control characters are shown instead of obeyed.</summary>
    /// <exception cref="UserError">stdout takes nothing, because its disk is full or it is closed</exception>
    public void Exact(string data) => Data(() => Write(_out, data));

    /// <summary>The same of what stands in a file, however big that is.</summary>
    /// <exception cref="UserError">stdout takes nothing, because its disk is full or it is closed</exception>
    public void Exact(Stream data) =>
        Data(() =>
        {
            var buffer = new byte[64 * 1024];
            for (int read; (read = data.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0; )
                Write(_out, Octets.Text(buffer.AsSpan(0, read)));
        });

    private static void Data(Action write)
    {
        try
        {
            write();
        }
        catch (NobodyReadsException error)
        {
            throw new UserError(error.Message, ExitCode.NobodyReads, error) { IsSilent = true };
        }
        catch (IOException error)
        {
            throw new UserError($"the output can't be written: {error.Message}", ExitCode.JobFailed, error);
        }
    }

    /// <summary>A line for the person in front of it, not for what reads the data.</summary>
    public void Notice(string line) => Write(_error, line + "\n");

    /// <summary>Whether an error is a document for a program.</summary>
    public bool ErrorsAreJson { get; set; }

    /// <summary>A user's error: one line, nothing else.</summary>
    public void Error(string line)
    {
        if (ErrorsAreJson)
            Write(_error, Visible.Json(new JsonObject { ["error"] = line }.ToJsonString(Codec.JsonOptions)) + "\n");
        else
            Write(_error, (Colors && ErrorIsTerminal ? $"\u001b[31m{Visible.Text(line)}\u001b[0m" : Visible.Text(line)) + "\n");
    }

    /// <summary>A table as plain aligned columns, cut to the terminal's width.</summary>
    public void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, int stretch)
    {
        var shown = rows.Select(row => row.Select(cell => Visible.Text(cell)).ToList()).ToList();
        var widths = headers
            .Select((header, i) => Math.Max(header.Length, shown.Select(row => row[i].Length).DefaultIfEmpty().Max()))
            .ToList();
        var room = OutIsTerminal ? Width : PlainWidth;
        var needed = widths.Sum() + (2 * (widths.Count - 1));
        // Where the column that may be wrapped has no room left, lines are cut instead: half a table is better than a column of letters.
        var isCut = needed - widths[stretch] + Math.Min(widths[stretch], MinStretch) > room;
        if (isCut || (needed <= room && shown.All(row => row.All(IsNarrow))))
            Data(string.Join('\n', shown.Select(Line).Prepend(Heads())));
        else
            WrappedTable(headers, shown, stretch, room);

        string Line(IReadOnlyList<string> row) => Cut(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd(), room);

        string Heads() => Colors ? $"\u001b[1m{Line(headers)}\u001b[0m" : Line(headers);
    }

    private void WrappedTable(IReadOnlyList<string> headers, List<List<string>> shown, int stretch, int room)
    {
        var table = new Table { Border = TableBorder.None, Expand = false };
        for (var i = 0; i < headers.Count; i++)
        {
            var column = new TableColumn(new Markup($"[bold]{Markup.Escape(headers[i])}[/]"))
            {
                NoWrap = i != stretch,
                Padding = new Padding(0, 0, i == headers.Count - 1 ? 0 : 2, 0),
            };
            table.AddColumn(column);
        }
        foreach (var row in shown)
            table.AddRow(row.Select(cell => new Text(cell)));
        var text = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = Colors ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = Colors ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(text),
            }
        );
        console.Profile.Width = room;
        console.Write(table);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n'))
            Data(line.TrimEnd());
    }

    // Behind a word, where one ends not far before.
    private static string Cut(string line, int room)
    {
        if (line.Length <= room)
            return line;
        var end = line.LastIndexOf(' ', room - 1);
        return (end > room * 3 / 4 ? line[..end].TrimEnd() + " " : line[..(room - 1)]) + "…";
    }

    // Each character takes one column: what may take two, or none, is left to those who know.
    private static bool IsNarrow(string cell) => cell.All(c => c < '\u0300');

    /// <summary>Shows a line that stays at the bottom of the terminal, or takes it away when it is empty.</summary>
    /// <param name="cursor">where the cursor stands in it; its end when negative</param>
    public void SetBottom(string line, int cursor = -1)
    {
        lock (_gate)
        {
            ClearBottom();
            (_bottom, _bottomCursor) = (line, cursor < 0 ? line.Length : cursor);
            DrawBottom();
        }
    }

    /// <summary>Leaves the bottom line where it is, as part of what was written.</summary>
    public void KeepBottom()
    {
        lock (_gate)
        {
            if (_bottom.Length > 0)
                _error.Write("\r\n");
            _bottom = "";
        }
    }

    private void Write(TextWriter writer, string text)
    {
        lock (_gate)
        {
            ClearBottom();
            writer.Write((writer == _out ? OutIsTerminal : ErrorIsTerminal) ? Visible.Colored(text) : text);
            DrawBottom();
        }
    }

    private void ClearBottom()
    {
        if (_bottom.Length > 0)
            _error.Write("\r\u001b[2K");
    }

    // One row only: a line longer than the terminal shows the part around the cursor.
    private void DrawBottom()
    {
        if (_bottom.Length == 0)
            return;
        var width = Math.Max(10, Width - 1);
        var start = Math.Max(0, _bottomCursor - width + 1);
        var shown = _bottom.Substring(start, Math.Min(width, _bottom.Length - start));
        _error.Write("\r" + shown + "\r");
        if (_bottomCursor > start)
            _error.Write($"\u001b[{_bottomCursor - start}C");
    }

    private static int SafeWidth()
    {
        try
        {
            return System.Console.WindowWidth is > 0 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
