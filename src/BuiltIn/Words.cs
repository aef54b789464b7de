using Mailroom.BuiltIn.Text;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.BuiltIn;

/// <summary>Counts words in text files: the classic of map and reduce.</summary>
public sealed class Words : JobKind<Words.Args, Words.Section, WordCounts, Words.Ranking>
{
    // Big enough that merging its counts is little beside making them, small enough to share one file out.
    private const long SectionBytes = 8 * 1024 * 1024;

    public sealed record Args(
        [property: Path, Positional("text files, and folders of them")] IReadOnlyList<string> Path,
        [property: Option("how many of the most frequent words are listed; 0 lists all")] int Top = 20,
        [property: Option("how texts without a byte order mark are encoded, such as latin1 or utf-16le; UTF-8 by default")]
            string Encoding = "",
        [property: Option("the folder that relative paths count from; the current one by default")] [property: Path] string Directory = ""
    );

    /// <summary>
    /// The words of a file whose first byte lies from <paramref name="Start"/> up to, but not including, <paramref name="End"/>.
    /// </summary>
    public sealed record Section(string Name, long Start, long End);

    public readonly record struct Count(string Word, long Times);

    /// <param name="Total">all words</param>
    /// <param name="Distinct">different words</param>
    /// <param name="Top">the most frequent ones; equally frequent ones in ordinal order</param>
    public sealed record Ranking(long Total, int Distinct, IReadOnlyList<Count> Top);

    [ThreadStatic]
    private static WordTally? tally;

    public override string Name => "words";

    public override string Summary =>
        "Counts the words of text files: runs of Unicode letters, digits and their marks, whatever their case.";

    public override string Because => "counting computes, and the counts needn't be copied between threads";

    public override bool NeedsEveryPiece => false;

    public override bool OrderMatters => false;

    public override Codec<WordCounts> ResultCodec => WordCounts.Codec;

    public override FileUse Files(Args args) => FileUse.Reads;

    public override Args Check(Args args, string directory)
    {
        var complete = args with
        {
            Directory = args.Directory.Length == 0 ? directory : System.IO.Path.GetFullPath(args.Directory, directory),
        };
        if (args.Top < 0)
            throw new UserError($"words: --top is {args.Top}, but it takes 0 (all) or more");
        if (args.Encoding.Length > 0)
            TextEncodings.Named(args.Encoding, "words: --encoding");
        FileWalk.Check(Name, complete.Directory, complete.Path);
        return complete;
    }

    public override IEnumerable<Section> Split(Args args, SplitHint hint) =>
        FileWalk.Files(args.Directory, args.Path).SelectMany(name => Sections(args, name));

    public override ValueTask<WordCounts> RunAsync(Args args, Section piece, PieceContext context)
    {
        try
        {
            // Taken away while it counts: one that was left in the middle is not used again.
            var counting = tally ?? new WordTally();
            tally = null;
            using var file = FileWalk.Open(args.Directory, args.Path, piece.Name);
            var scanner = Scan(file, args, piece, counting, context.Cancellation);
            var counts = counting.Take();
            tally = counting;
            return scanner?.Broken is { } place
                    ? throw new GiveUpException(
                        $"{Visible.Text(piece.Name)} is no text in {(args.Encoding.Length == 0 ? "UTF-8" : args.Encoding)}: byte "
                            + $"{place} is {What(file, place)}; --encoding says what it is, such as latin1 or utf-16le"
                    )
                : scanner is { IsCut: true }
                    ? throw new GiveUpException(
                        $"{Visible.Text(piece.Name)} holds a word of more than {WordScanner.MaxWord} letters, of which only so many "
                            + "are told apart",
                        null,
                        counts
                    )
                : new ValueTask<WordCounts>(counts);
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
    public override string Text(Ranking answer) => string.Join('\n', answer.Top.Select(count => $"{count.Times, 7} {count.Word}"));

    // The last section goes to the end, wherever that is: files of the system's own say that they have no bytes, and others grow.
    private static IEnumerable<Section> Sections(Args args, string name)
    {
        var bytes = Disk.Size(System.IO.Path.Combine(args.Directory, name));
        for (var start = 0L; start == 0 || start < bytes; start += SectionBytes)
            yield return new Section(name, start, start + SectionBytes < bytes ? start + SectionBytes : long.MaxValue);
    }

    /// <summary>Scans a section; of a text that is not UTF-8 the first one is the whole, for it can't be cut anywhere.</summary>
    private static WordScanner? Scan(SafeFileHandle file, Args args, Section section, WordTally counts, CancellationToken cancellation)
    {
        Span<byte> begin = stackalloc byte[TextEncodings.MarkBytes];
        var encoding =
            TextEncodings.Marked(begin[..RandomAccess.Read(file, begin, 0)])
            ?? (args.Encoding.Length == 0 ? System.Text.Encoding.UTF8 : TextEncodings.Named(args.Encoding, "words: --encoding"));
        if (encoding.CodePage == System.Text.Encoding.UTF8.CodePage)
        {
            var scanner = new WordScanner(file, cancellation);
            scanner.Scan(section.Start, section.End, counts);
            return scanner;
        }
        if (section.Start > 0)
            return null;
        var bytes = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
        using var text = System.Text.Encoding.CreateTranscodingStream(bytes, encoding, System.Text.Encoding.UTF8);
        var whole = new WordScanner((target, _) => text.Read(target), cancellation);
        whole.Scan(0, long.MaxValue, counts);
        return whole;
    }

    private static string What(SafeFileHandle file, long place)
    {
        Span<byte> octet = stackalloc byte[1];
        return RandomAccess.Read(file, octet, place) == 1 ? $"0x{octet[0]:X2}" : "wrong";
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
