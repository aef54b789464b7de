using System.Globalization;
using System.Text.RegularExpressions;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn.Programs;

/// <summary>The words in braces that stand for inputs, as GNU parallel has them.</summary>
internal static partial class Placeholders
{
    /// <summary>The words of one run; what an input holds is never looked at again.</summary>
    /// <param name="slot">which of the places for programs that run at once it has, from 1</param>
    /// <param name="group">how many inputs each run takes; the last has fewer where they do not come out even, and the others are
    /// empty</param>
    /// <exception cref="GiveUpException">the input has no such column</exception>
    public static IReadOnlyList<string> Fill(IReadOnlyList<string> program, Commands.Input input, int slot, int group)
    {
        var words = program.Select(word => Placeholder().Replace(word, match => Value(match, input, slot, group))).ToList();
        return program.Any(word => Placeholder().IsMatch(word)) ? words : [.. words, .. input.Columns ?? [input.Text]];
    }

    public static bool NeedsSlot(IReadOnlyList<string> program) => program.Any(word => word.Contains("{%}", StringComparison.Ordinal));

    public static bool Any(string word) => Placeholder().IsMatch(word);

    /// <summary>What parallel would replace and Mailroom does not, or null: to pass it on as it is would be a surprise.</summary>
    public static string? Unknown(IReadOnlyList<string> program) =>
        program.Select(word => Foreign().Match(word)).FirstOrDefault(match => match.Success)?.Value;

    private static string Value(Match match, Commands.Input input, int slot, int group)
    {
        var (column, how) = (match.Groups["column"].Value, match.Groups["how"].Value);
        var text = column.Length == 0 ? input.Text : Column(int.Parse(column, CultureInfo.InvariantCulture), input, group);
        return how switch
        {
            "#" => input.Number.ToString(CultureInfo.InvariantCulture),
            "%" => slot.ToString(CultureInfo.InvariantCulture),
            "." => WithoutExtension(text),
            "/" => Path.GetFileName(text),
            "//" => Path.GetDirectoryName(text) is { Length: > 0 } folder ? folder : ".",
            "/." => Path.GetFileNameWithoutExtension(text),
            _ => text,
        };
    }

    private static string Column(int number, Commands.Input input, int group)
    {
        var columns = input.Columns ?? [input.Text];
        return number <= columns.Count ? columns[number - 1]
            : number <= group && group > 1 ? ""
            : throw new GiveUpException(
                $"{{{number}}}: the input '{Visible.Text(input.Text)}' has {Quantity.Of(columns.Count, "column")}; "
                    + "--colsep and -N make more"
            );
    }

    private static string WithoutExtension(string text) => text[..^Path.GetExtension(text).Length];

    [GeneratedRegex(@"\{(?<column>[1-9][0-9]{0,3})?(?<how>\.|//|/\.|/)?\}|\{(?<how>[#%])\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{(\+[./]*|\.\.+|/\.\.+|0[#%]|-[1-9][0-9]*[./]*|=.*?=|gip|>)\}")]
    private static partial Regex Foreign();
}
