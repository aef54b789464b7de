using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mailroom.Input;
using Mailroom.Kinds.Text;

namespace Mailroom.Kinds;

public sealed partial class WordsSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-words").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static SortedDictionary<string, long> Scan(string path, params (long Start, long End)[] parts)
    {
        var counts = new WordTally();
        using var file = File.OpenHandle(path);
        foreach (var (start, end) in parts)
            new WordScanner(file, CancellationToken.None).Scan(start, end, counts);
        return new SortedDictionary<string, long>(counts.Counts.ToDictionary(count => count.Word, count => count.Times), StringComparer.Ordinal);
    }

    [Fact]
    public void Words_should_be_the_same_wherever_the_file_is_cut()
    {
        var path = Write("text", Encoding.UTF8.GetBytes("Ωmega ωMEGA, naïve Straße-STRASSE 数字 数字123 𝒳y 😀 a;b É É ǅ x"));
        var whole = Scan(path, (0, long.MaxValue));
        Assert.Equal((2, 1, 2), (whole["ωmega"], whole["naïve"], whole["é"]));
        var bytes = new FileInfo(path).Length;
        for (var cut = 0L; cut <= bytes; cut++)
            for (var second = cut; second <= bytes; second += 3)
                Assert.Equal(whole, Scan(path, (0, cut), (cut, second), (second, bytes)));
    }

    [Fact]
    public void Words_should_be_the_same_in_broken_utf8_too()
    {
        const int seed = 20;
        var random = new Random(seed);
        byte[] odd = [(byte)'a', (byte)'b', (byte)' ', 0x80, 0xBF, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9D, 0x92, 0xB3, 0xFF, 0xC0];
        for (var round = 0; round < 50; round++)
        {
            var path = Write("odd", [.. Enumerable.Range(0, 60).Select(_ => odd[random.Next(odd.Length)])]);
            var whole = Scan(path, (0, 60));
            for (var cut = 0; cut <= 60; cut++)
                Assert.Equal(whole, Scan(path, (0, cut), (cut, 60)));
        }
    }

    [Fact]
    public void Words_should_be_those_of_a_plain_program()
    {
        var text = string.Join(' ', Enumerable.Range(0, 50_000).Select(i => $"wörd{i % 977}, Αλφα {i}."));
        var path = Write("long", Encoding.UTF8.GetBytes(text));
        var plain = Word().Matches(text).GroupBy(match => match.Value.ToUpperInvariant().ToLowerInvariant()).ToDictionary(group => group.Key, group => (long)group.Count());
        var counted = Scan(path, [.. Enumerable.Range(0, 20).Select(part => ((long)part * 70_001, (part + 1) * 70_001L))]);
        Assert.Equal(new SortedDictionary<string, long>(plain, StringComparer.Ordinal), counted);
    }

    [Fact]
    public void Words_should_hold_a_word_that_never_ends_as_one_and_cut_it_short()
    {
        var path = Write("endless", [.. Enumerable.Repeat((byte)'x', 300_000), .. " end"u8]);
        var counts = Scan(path, (0, 100_000), (100_000, 200_000), (200_000, 300_004));
        Assert.Equal([("end", 1L), (new string('x', WordScanner.MaxWord), 1L)], counts.Select(count => (count.Key, count.Value)));
    }

    [Fact]
    public void Words_should_come_over_the_wire_whole()
    {
        var tally = new WordTally();
        foreach (var word in new[] { "a", "b", "a", "数字" })
            tally.Add(word);
        var codec = (Codec)WordCounts.Codec;
        var back = new WordTally();
        ((WordCounts)codec.Decode(codec.Encode(tally.Take()))).AddTo(back);
        Assert.Equal([("a", 2L), ("b", 1L), ("数字", 1L)], back.Counts.Select(count => (count.Word, count.Times)));
    }

    [Fact]
    public void Words_should_not_be_counted_twice_when_a_tally_is_used_again()
    {
        var (tally, all) = (new WordTally(), new WordTally());
        foreach (var word in new[] { "a", "b" })
        {
            tally.Add(word);
            tally.Take().AddTo(all);
        }
        Assert.Equal([("a", 1L), ("b", 1L)], all.Counts.Select(count => (count.Word, count.Times)));
    }

    [Fact]
    public async Task Words_should_rank_the_most_frequent_first_and_equals_by_name()
    {
        Write("one.txt", "b a c b"u8.ToArray());
        Write("two.txt", "C a B"u8.ToArray());
        var answer = await KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = new JsonArray(_folder), ["top"] = 2 });
        Assert.Equal("""{"total":7,"distinct":3,"top":[{"word":"b","times":3},{"word":"a","times":2}]}""", answer);
    }

    [Fact]
    public async Task Words_should_pass_over_pipes_in_a_folder_and_refuse_one_by_name()
    {
        Write("one.txt", "a"u8.ToArray());
        using (var make = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(_folder, "pipe")]))
            await make.WaitForExitAsync();
        Assert.Equal("""{"total":1,"distinct":1,"top":[{"word":"a","times":1}]}""", await KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = _folder }));
        Assert.Contains("'pipe' is a pipe", Assert.Throws<UserError>(() => ((IKind)new Words()).Bind(new JsonObject { ["path"] = "pipe" }, _folder)).Message);
    }

    [Fact]
    public void Words_should_refuse_a_path_that_names_nothing()
    {
        var error = Assert.Throws<UserError>(() => ((IKind)new Words()).Bind(new JsonObject { ["path"] = "nothing" }, _folder));
        Assert.StartsWith("words: there is no file or folder 'nothing' in ", error.Message);
    }

    [GeneratedRegex(@"[\p{L}\p{Nd}]+")]
    private static partial Regex Word();
}
