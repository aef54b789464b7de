using System.Globalization;
using System.Text;

namespace Mailroom.BuiltIn.Text;

/// <summary>
/// Makes texts comparable whatever their case and whatever way their letters are written: full case folding and
/// normalization form C (Unicode Standard, 3.13 and 3.11; UAX 15). .NET without ICU has neither.
/// </summary>
internal static class Folding
{
    // Hangul syllables are computed (Unicode Standard, 3.12).
    private const int HangulFirst = 0xAC00;
    private const int LeadFirst = 0x1100;
    private const int VowelFirst = 0x1161;
    private const int TrailFirst = 0x11A7; // one before the first, which stands for none
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Trails = 28;

    private static readonly Tables Unicode = Tables.Read();

    /// <summary>The text with its case folded, in form C.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\x7F'))
            return text.ToLowerInvariant();
        var runes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, runes);
        var folded = new List<int>(runes.Count);
        foreach (var rune in runes)
        foreach (var part in Unicode.Foldings.GetValueOrDefault(Simple(new Rune(rune)).Value) ?? [Simple(new Rune(rune)).Value])
            Decompose(part, folded);
        Order(folded);
        var composed = new StringBuilder(folded.Count);
        foreach (var rune in Compose(folded))
            composed.Append(new Rune(rune).ToString());
        return composed.ToString();
    }

    /// <summary>
    /// A character alone: upper case first, so that forms which only differ in lower case, such as a final sigma, become one.
    /// </summary>
    public static Rune Simple(Rune rune) => Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune));

    /// <summary>Whether folding this character may take more than <see cref="Simple"/>.</summary>
    public static bool IsSpecial(Rune rune) =>
        rune.Value > 0x7F && (Unicode.Special.Contains(rune.Value) || rune.Value is > LeadFirst and < LeadFirst + 0x100 || IsMark(rune));

    public static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark;

    private static void Decompose(int rune, List<int> parts)
    {
        if (rune - HangulFirst is >= 0 and < Leads * Vowels * Trails and var syllable)
        {
            parts.Add(LeadFirst + (syllable / (Vowels * Trails)));
            parts.Add(VowelFirst + (syllable / Trails % Vowels));
            if (syllable % Trails is > 0 and var trail)
                parts.Add(TrailFirst + trail);
        }
        else if (Unicode.Decompositions.TryGetValue(rune, out var found))
            Array.ForEach(found, part => Decompose(part, parts));
        else
            parts.Add(rune);
    }

    // Marks behind a letter by their class, those of one class as they came.
    private static void Order(List<int> runes)
    {
        for (var i = 1; i < runes.Count; i++)
        for (var at = i; at > 0 && Class(runes[at]) is > 0 and var own && Class(runes[at - 1]) > own; at--)
            (runes[at - 1], runes[at]) = (runes[at], runes[at - 1]);
    }

    private static List<int> Compose(List<int> runes)
    {
        var composed = new List<int>(runes.Count);
        var starter = -1;
        foreach (var rune in runes)
        {
            var isNext = starter == composed.Count - 1;
            if (
                starter >= 0
                && (isNext || (Class(composed[^1]) is > 0 and var last && last < Class(rune)))
                && Pair(composed[starter], rune) is { } pair
            )
            {
                composed[starter] = pair;
                continue;
            }
            composed.Add(rune);
            if (Class(rune) == 0)
                starter = composed.Count - 1;
        }
        return composed;
    }

    private static int? Pair(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < Leads and var lead && second - VowelFirst is >= 0 and < Vowels and var vowel)
            return HangulFirst + (((lead * Vowels) + vowel) * Trails);
        if (
            first - HangulFirst is >= 0 and < Leads * Vowels * Trails and var syllable
            && syllable % Trails == 0
            && second - TrailFirst is > 0 and < Trails and var trail
        )
            return first + trail;
        return Unicode.Compositions.TryGetValue((first, second), out var pair) ? pair : null;
    }

    private static int Class(int rune) => rune < 0x300 ? 0 : Unicode.Classes.GetValueOrDefault(rune);

    private sealed class Tables
    {
        public Dictionary<int, int[]> Decompositions { get; } = [];

        public Dictionary<(int First, int Second), int> Compositions { get; } = [];

        public Dictionary<int, int> Classes { get; } = [];

        public Dictionary<int, int[]> Foldings { get; } = [];

        /// <summary>Characters that form C writes otherwise, or that fold to several.</summary>
        public HashSet<int> Special { get; } = [];

        public static Tables Read()
        {
            var tables = new Tables();
            using var file = new StreamReader(typeof(Tables).Assembly.GetManifestResourceStream("unicode.txt")!);
            while (file.ReadLine() is { } line)
                if (line[0] != '#')
                    tables.Add(
                        line[0],
                        [.. line[2..].Split(' ').Select(number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture))]
                    );
            return tables;
        }

        private void Add(char what, int[] numbers)
        {
            switch (what)
            {
                case 'D':
                    Decompositions.Add(numbers[0], numbers[1..]);
                    Compositions.Add((numbers[1], numbers[2]), numbers[0]);
                    break;
                case 'd':
                    Decompositions.Add(numbers[0], numbers[1..]);
                    Special.Add(numbers[0]);
                    break;
                case 'C':
                    for (var rune = numbers[0]; rune <= numbers[1]; rune++)
                        Classes.Add(rune, numbers[2]);
                    break;
                default:
                    Foldings.Add(numbers[0], numbers[1..]);
                    Special.Add(numbers[0]);
                    break;
            }
        }
    }
}
