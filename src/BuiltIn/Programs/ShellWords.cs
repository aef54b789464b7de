using System.Buffers;
using System.Text;

namespace Mailroom.BuiltIn.Programs;

/// <summary>Writes words so that a shell reads them back as they are.</summary>
internal static class ShellWords
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./:,@%"
    );

    /// <summary>The words with blanks between them, each quoted where it must be (POSIX, Shell Command Language, 2.2).</summary>
    public static string Of(IEnumerable<string> words)
    {
        var line = new StringBuilder();
        foreach (var word in words)
        {
            if (line.Length > 0)
                line.Append(' ');
            if (word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain))
                line.Append(word);
            else
                line.Append('\'').Append(word.Replace("'", "'\\''", StringComparison.Ordinal)).Append('\'');
        }
        return line.ToString();
    }
}
