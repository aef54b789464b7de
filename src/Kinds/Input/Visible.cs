using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Mailroom.Input;

/// <summary>Makes text that came from outside safe to show: it can't move the cursor, colour the terminal or hide itself.</summary>
public static partial class Visible
{
    /// <summary>The same for lines that are about to be shown on a terminal: colours may stand in them, because some are our own.</summary>
    public static string Colored(string text)
    {
        if (!text.Contains('\u001b', StringComparison.Ordinal))
            return Text(text, keepLines: true);
        var visible = new StringBuilder(text.Length + 16);
        var at = 0;
        foreach (var color in Color().EnumerateMatches(text))
        {
            visible.Append(Text(text[at..color.Index], keepLines: true)).Append(text, color.Index, color.Length);
            at = color.Index + color.Length;
        }
        return visible.Append(Text(text[at..], keepLines: true)).ToString();
    }

    /// <summary>
    /// The text with control and format characters (Unicode Cc, Cf, line and paragraph separators) written as
    /// <c>\u001B</c>, and bytes that are no text as <c>\xE9</c>; line breaks are kept only when <paramref name="keepLines"/> says so.
    /// </summary>
    public static string Text(string text, bool keepLines = false)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var visible = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (Octets.IsEscape(text, i, out var octet))
            {
                visible.Append(CultureInfo.InvariantCulture, $"\\x{octet:X2}");
                i++;
            }
            else if (keepLines && c is '\n' or '\t')
                visible.Append(c);
            else if (IsHidden(c))
                visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else
                visible.Append(c);
        }
        return visible.ToString();
    }

    /// <summary>JSON in which bytes that are no text are written as <c>\\xE9</c>, so that it is JSON whoever reads it.</summary>
    public static string Json(string json)
    {
        // A writer of JSON may have written such a character as itself or as two escapes.
        if (!Octets.Any(json) && !json.Contains(EscapedHigh, StringComparison.OrdinalIgnoreCase))
            return json;
        var text = new StringBuilder(json.Length + 16);
        for (var i = 0; i < json.Length; i++)
        {
            if (Octets.IsEscape(json, i, out var octet))
                i++;
            else if (json[i] == '\\' && IsEscaped(json.AsSpan(i), out octet))
                i += EscapedLength - 1;
            else
            {
                text.Append(json[i]);
                if (json[i] == '\\' && i + 1 < json.Length)
                    text.Append(json[++i]); // what is escaped is not the beginning of another escape
                continue;
            }
            text.Append(CultureInfo.InvariantCulture, $"\\\\x{octet:X2}");
        }
        return text.ToString();
    }

    private const string EscapedHigh = @"\uDBFF";
    private const int EscapedLength = 12; // \uDBFF\uDE80

    private static bool IsEscaped(ReadOnlySpan<char> json, out byte octet)
    {
        octet = 0;
        Span<char> pair = stackalloc char[2];
        return json.Length >= EscapedLength
            && json.StartsWith(EscapedHigh, StringComparison.OrdinalIgnoreCase)
            && json[6] == '\\'
            && json[7] == 'u'
            && ushort.TryParse(json.Slice(2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var high)
            && ushort.TryParse(json.Slice(8, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var low)
            && (pair[0] = (char)high) == high
            && (pair[1] = (char)low) == low
            && Octets.IsEscape(pair, 0, out octet);
    }

    private static bool IsHidden(char c) =>
        char.GetUnicodeCategory(c)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;

    // Select Graphic Rendition (ECMA-48, 8.3.117), without concealing.
    [GeneratedRegex(@"\u001b\[(?:[0-79]|[1-9][0-9]|;)*m", RegexOptions.CultureInvariant)]
    private static partial Regex Color();
}
