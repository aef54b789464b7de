using Mailroom.Input;
using Mailroom.Kinds.Files;
using Mailroom.Kinds.Text;

namespace Mailroom.Kinds;

/// <summary>Counts words in text files: the classic of map and reduce.</summary>
public sealed class Words : JobKind<Words.Args, Words.Section, WordCounts, Words.Ranking>
{
    // Big enough that merging its counts is little beside making them, small enough to share one file out.
    private const long SectionBytes = 8 * 1024 * 1024;

    public sealed record Args(
        [property: Positional("text files in UTF-8, and folders of them")] IReadOnlyList<string> Path,
        [property: Option("how many of the most frequent words are listed; 0 lists all")] int Top = 20,
        [property: Option("the folder that relative paths count from; the current one by default")] string Directory = "");

    /// <summary>The words of a file whose first byte lies from <paramref name="Start"/> up to, but not including, <paramref name="End"/>.</summary>
    public sealed record Section(string Name, long Start, long End);

    public readonly record struct Count(string Word, long Times);

    /// <param name="Total">all words</param>
    /// <param name="Distinct">different words</param>
    /// <param name="Top">the most frequent ones; equally frequent ones in ordinal order</param>
    public sealed record Ranking(long Total, int Distinct, IReadOnlyList<Count> Top);

    [ThreadStatic]
    private static WordTally? tally;

    public override string Name => "words";

    public override string Summary => "Counts the words of text files: runs of Unicode letters and digits, whatever their case.";

    public override string Because => "counting computes, and the counts needn't be copied between threads";

    public override bool NeedsEveryPiece => false;

    public override bool OrderMatters => false;

    public override Codec<WordCounts> ResultCodec => WordCounts.Codec;

    public override Args Check(Args args, string directory)
    {
        var complete = args with { Directory = args.Directory.Length == 0 ? directory : System.IO.Path.GetFullPath(args.Directory, directory) };
        if (args.Top < 0)
            throw new UserError($"words: --top is {args.Top}, but it takes 0 (all) or more");
        FileWalk.Check(Name, complete.Directory, complete.Path);
        return complete;
    }

    public override IEnumerable<Section> Split(Args args, SplitHint hint) => FileWalk.Files(args.Directory, args.Path).SelectMany(name => Sections(args, name));

    public override ValueTask<WordCounts> RunAsync(Args args, Section piece, PieceContext context)
    {
        try
        {
            // Taken away while it counts: one that was left in the middle is not used again.
            var counting = tally ?? new WordTally();
            tally = null;
            using var file = FileWalk.Open(args.Directory, args.Path, piece.Name);
            new WordScanner(file, context.Cancellation).Scan(piece.Start, piece.End, counting);
            var counts = counting.Take();
            tally = counting;
            return new ValueTask<WordCounts>(counts);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new GiveUpException($"{Visible.Text(piece.Name)} can't be read: {Visible.Text(error.Message)}", error);
        }
    }

    public override Ranking Combine(Args args, IEnumerable<WordCounts> results)
    {
        var all = new Merge(args.Top);
        foreach (var result in results)
            all.Add(result);
        return all.Finish();
    }

    public override IFold<WordCounts, Ranking> Fold(Args args) => new Merge(args.Top);

    /// <summary>The lines of <c>uniq -c</c>.</summary>
    public override string Text(Ranking answer) => string.Join('\n', answer.Top.Select(count => $"{count.Times,7} {count.Word}"));

    private static string Path(Args args, string name) => System.IO.Path.Combine(args.Directory, name);

    // A file that can't be looked at is one section: its piece fails and says why.
    private static IEnumerable<Section> Sections(Args args, string name)
    {
        var file = new FileInfo(Path(args, name));
        var bytes = file.Exists ? file.Length : 0;
        yield return new Section(name, 0, Math.Min(bytes, SectionBytes));
        for (var start = SectionBytes; start < bytes; start += SectionBytes)
            yield return new Section(name, start, Math.Min(bytes, start + SectionBytes));
    }

    private sealed class Merge(int top) : IFold<WordCounts, Ranking>
    {
        private readonly WordTally _all = new();

        public void Add(WordCounts result) => result.AddTo(_all);

        public Ranking Finish()
        {
            var ranked = _all.Counts.OrderByDescending(count => count.Times).ThenBy(count => count.Word, StringComparer.Ordinal);
            return new Ranking(_all.Total, _all.Distinct, [.. top == 0 ? ranked : ranked.Take(top)]);
        }
    }
}
