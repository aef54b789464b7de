namespace Mailroom.Host.Newsroom;

/// <summary>The articles of a practice news API: always the same for the same seed, and never kept.</summary>
/// <param name="Sources">how many there are</param>
/// <param name="Articles">of each source</param>
internal sealed record NewsText(int Seed, int Sources, int Articles)
{
    // Every so many-th title and description is null, as in the real APIs.
    private const uint NullOneIn = 23;

    private static readonly string[] Vocabulary =
    [
        "storm",
        "Storms",
        "brainstorm",
        "market",
        "Markets",
        "election",
        "bridge",
        "harbour",
        "river",
        "strike",
        "museum",
        "summit",
        "budget",
        "court",
        "railway",
        "vaccine",
        "satellite",
        "drought",
        "festival",
        "minister",
        "union",
        "border",
        "energy",
        "glacier",
        "forest",
        "school",
        "hospital",
        "airport",
        "treaty",
        "over",
        "after",
        "before",
        "against",
        "without",
        "despite",
        "new",
        "old",
        "late",
        "first",
        "rising",
        "falling",
        "quiet",
        "sudden",
        "record",
    ];

    public static string SourceId(int source) => $"source-{source + 1}";

    public int? SourceOf(string id) =>
        id.StartsWith("source-", StringComparison.Ordinal)
        && int.TryParse(id["source-".Length..], out var number)
        && number >= 1
        && number <= Sources
            ? number - 1
            : null;

    public string? Title(int source, int article) => Text(source, article, 1, words: 6);

    public string? Description(int source, int article) => Text(source, article, 2, words: 14);

    /// <summary>In how many titles and descriptions a word stands, by any case; anywhere, and as a whole word.</summary>
    public (int Anywhere, int Whole) Count(string word)
    {
        var (anywhere, whole) = (0, 0);
        foreach (
            var text in Enumerable
                .Range(0, Sources)
                .SelectMany(source =>
                    Enumerable.Range(0, Articles).SelectMany(article => new[] { Title(source, article), Description(source, article) })
                )
                .OfType<string>()
        )
        {
            anywhere += text.Contains(word, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            whole += text.Split(' ').Any(one => one.Equals(word, StringComparison.OrdinalIgnoreCase)) ? 1 : 0;
        }
        return (anywhere, whole);
    }

    /// <summary>A number that depends on nothing but the seed and what is asked for (splitmix64).</summary>
    public uint Dice(int a, int b, int c)
    {
        var z = ((ulong)(uint)Seed << 32) + (ulong)((a * 1_000_003L) + (b * 10_007L) + c) + 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (uint)((z ^ (z >> 31)) >> 16);
    }

    private string? Text(int source, int article, int part, int words) =>
        Dice(source, article, part) % NullOneIn == 0
            ? null
            : string.Join(
                ' ',
                Enumerable.Range(0, words).Select(word => Vocabulary[Dice(source, article, (100 * part) + word) % Vocabulary.Length])
            );
}
