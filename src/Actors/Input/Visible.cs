using System.Globalization;
using System.Text;

namespace Mailroom.Input;

/// <summary>Makes text that came from outside safe to show: it can't move the cursor, colour the terminal or hide itself.</summary>
public static class Visible
{
    /// <summary>
    /// The text with control and format characters (Unicode Cc, Cf, line and paragraph separators) written as
    /// <c>\u001B</c>; line breaks are kept only when <paramref name="keepLines"/> says so.
    /// </summary>
    public static string Text(string text, bool keepLines = false)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var visible = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (keepLines && c is '\n' or '\t')
                visible.Append(c);
            else if (IsHidden(c))
                visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else
                visible.Append(c);
        }
        return visible.ToString();
    }

    private static bool IsHidden(char c) => char.GetUnicodeCategory(c) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
