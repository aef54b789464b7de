using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mailroom.BuiltIn;
using Mailroom.BuiltIn.Text;
using Mailroom.Input;

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
        return new SortedDictionary<string, long>(
            counts.Counts.ToDictionary(count => count.Word, count => count.Times),
            StringComparer.Ordinal
        );
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
        var plain = Word()
            .Matches(text)
            .GroupBy(match => match.Value.ToUpperInvariant().ToLowerInvariant())
            .ToDictionary(group => group.Key, group => (long)group.Count());
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
        Assert.Equal(
            """{"total":1,"distinct":1,"top":[{"word":"a","times":1}]}""",
            await KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = _folder })
        );
        Assert.Contains(
            "'pipe' is a pipe",
            Assert.Throws<UserError>(() => ((IKind)new Words()).Bind(new JsonObject { ["path"] = "pipe" }, _folder)).Message
        );
    }

    [Theory]
    [InlineData("cafe\u0301s caf\u00E9s", "caf\u00E9s 2")]
    [InlineData("\u0939\u093F\u0928\u094D\u0926\u0940", "\u0939\u093F\u0928\u094D\u0926\u0940 1")]
    [InlineData("\u0301a b\u0301", "a 1, b\u0301 1")]
    [InlineData("co\u00ADop coop", "coop 2")]
    [InlineData("\u0645\u06CC\u200C\u062E", "\u0645\u06CC\u200C\u062E 1")]
    [InlineData("Stra\u00DFe STRASSE", "strasse 2")]
    public void Words_should_be_letters_with_their_marks_however_they_are_written_and_cut(string text, string expected)
    {
        var path = Write("marks", Encoding.UTF8.GetBytes(text));
        var bytes = new FileInfo(path).Length;
        for (var cut = 0L; cut <= bytes; cut++)
        for (var second = cut; second <= bytes; second++)
            Assert.Equal(
                expected,
                string.Join(", ", Scan(path, (0, cut), (cut, second), (second, bytes)).Select(count => $"{count.Key} {count.Value}"))
            );
    }

    [Fact]
    public void Words_should_go_on_over_more_marks_than_are_looked_back_at_once()
    {
        var path = Write("zalgo", Encoding.UTF8.GetBytes("a" + new string('\u0301', 1_000) + "b"));
        Assert.Equal(Scan(path, (0, 2_002)), Scan(path, (0, 1_001), (1_001, 2_002)));
    }

    [Theory]
    [InlineData("utf-16le", "")]
    [InlineData("utf-16be", "")]
    [InlineData("utf-32le", "")]
    [InlineData("utf-8", "")]
    public async Task Words_should_read_a_text_as_its_mark_says(string encoding, string option)
    {
        var of = Encoding.GetEncoding(encoding);
        Write("marked.txt", [.. of.GetPreamble(), .. of.GetBytes("h\u00E9llo w\u00F6rld h\u00E9llo")]);
        Assert.Equal(
            """{"total":3,"distinct":2,"top":[{"word":"h\u00E9llo","times":2},{"word":"w\u00F6rld","times":1}]}"""
                .Replace("\\u00E9", "\u00E9")
                .Replace("\\u00F6", "\u00F6"),
            await KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = _folder, ["encoding"] = option })
        );
    }

    [Theory]
    [InlineData("latin1")]
    [InlineData("windows-1252")]
    public async Task Words_should_read_a_text_as_it_is_told(string encoding)
    {
        Write("old.txt", [0x63, 0x61, 0x66, 0xE9]);
        Assert.Contains(
            "caf\u00E9",
            await KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = _folder, ["encoding"] = encoding })
        );
    }

    [Theory]
    [InlineData(new byte[] { 0x63, 0xE9, 0x64 }, "byte 1 is 0xE9; --encoding says what it is")]
    [InlineData(new byte[] { 0x68, 0, 0x69, 0 }, "byte 1 is 0x00; --encoding says what it is")]
    public async Task Words_should_refuse_what_is_no_utf8_and_say_where(byte[] text, string said)
    {
        Write("odd.txt", text);
        Assert.Contains(
            said,
            (
                await Assert.ThrowsAsync<GiveUpException>(() => KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = _folder }))
            ).Message
        );
    }

    [Fact]
    public void Words_should_name_an_encoding_that_nobody_knows() =>
        Assert.Contains(
            "--encoding is 'klingon', which is no encoding known here",
            Assert
                .Throws<UserError>(() => ((IKind)new Words()).Bind(new JsonObject { ["path"] = _folder, ["encoding"] = "klingon" }, "/"))
                .Message
        );

    [Fact]
    public async Task Words_should_read_files_that_say_they_have_no_bytes()
    {
        if (OperatingSystem.IsLinux())
            Assert.Contains("linux", await KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = "/proc/version", ["top"] = 0 }));
    }

    [Fact]
    public async Task Words_should_tell_long_words_apart_and_say_when_one_is_too_long()
    {
        var a = new string('a', 1_000);
        Write("long.txt", Encoding.UTF8.GetBytes($"{a}x {a}y"));
        Assert.Contains("\"distinct\":2", await KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = _folder }));
        Write("long.txt", Encoding.UTF8.GetBytes(new string('b', WordScanner.MaxWord + 1)));
        var error = await Assert.ThrowsAsync<GiveUpException>(() =>
            KindRun.AnswerAsync(new Words(), new JsonObject { ["path"] = _folder })
        );
        Assert.Contains("holds a word of more than 65536 letters", error.Message);
        Assert.IsType<WordCounts>(error.Result);
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
