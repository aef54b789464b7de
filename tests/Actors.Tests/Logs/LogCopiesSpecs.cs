using System.Text;

namespace Mailroom.Logs;

/// <summary>The log of a far node: what it tells, and what its host makes of that.</summary>
public sealed class LogCopiesSpecs : IDisposable
{
    private const string File = "20260102-030405-gpu-1-55.jsonl";

    private static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly DirectoryInfo _there = Directory.CreateTempSubdirectory("mailroom-there");
    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("mailroom-here");
    private readonly LogCopies _copies;

    public LogCopiesSpecs() => _copies = new LogCopies(_here.FullName, "gpu-1");

    public void Dispose()
    {
        _there.Delete(recursive: true);
        _here.Delete(recursive: true);
    }

    private static string Line(string text, string node = "gpu-1") =>
        new LogLine(Moment, Severity.Info, "piece.said", node, "/user/node", null, null, text, null, []).ToJson().ToJsonString() + "\n";

    private void Write(string text, string file = File) => System.IO.File.AppendAllText(Path.Combine(_there.FullName, file), text);

    private LogPart? Next() => LogShare.Next(_there.FullName, "gpu-1", _copies.Known);

    private int Copy(TimeSpan ahead = default)
    {
        var parts = 0;
        for (; Next() is { } part; parts++)
            Assert.True(_copies.TryAdd(part, ahead));
        return parts;
    }

    private IEnumerable<LogLine> Read() => new LogStore(_here.FullName, TimeProvider.System).Read(new LogQuery());

    private bool TryAdd(string text, string file = File, long at = 0) =>
        _copies.TryAdd(new LogPart(file, at, Encoding.UTF8.GetBytes(text)), default);

    [Fact]
    public void Log_should_be_told_whole_and_go_on_where_it_stood()
    {
        Write(Line("one") + Line("two ü") + "{\"at\":\"20");
        Write(Line("three"), "20260102-030406-gpu-1-55_001.jsonl");
        Write(Line("foreign"), "20260102-030406-gpu-11-55.jsonl");
        Write(Line("foreign"), "host.jsonl");
        Assert.Equal(2, Copy());
        Assert.Equal(["one", "two ü", "three"], Read().Select(line => line.Text));
        Assert.Equal(0, Copy());
        Write(Line("four")[10..]); // the rest of a line that was being written
        Write(Line("five"));
        Assert.Equal(1, Copy());
        Assert.Contains("five", Read().Select(line => line.Text));
    }

    [Fact]
    public void Long_log_should_be_told_in_parts_of_whole_lines_and_a_line_that_is_longer_in_pieces()
    {
        Write(Line(new string('a', 100_000)) + Line(new string('b', 100_000)) + Line(new string('c', 300_000)));
        var first = Next()!;
        Assert.Equal((byte)'\n', first.Bytes.Span[^1]);
        Assert.InRange(first.Bytes.Length, 100_000, LogPart.MaxBytes);
        Assert.InRange(Copy(), 4, 6);
        Assert.Equal(["a", "b"], Read().Select(line => line.Text[..1]));
        // The pieces are lines of their own: nobody has to read a line without an end.
        Assert.All(
            System.IO.File.ReadLines(Path.Combine(_here.FullName, "far-" + File)),
            line => Assert.InRange(line.Length, 0, LogPart.MaxBytes)
        );
        Assert.Equal(
            new FileInfo(Path.Combine(_there.FullName, File)).Length,
            new FileInfo(Path.Combine(_here.FullName, "far-" + File)).Length
        );
    }

    [Fact]
    public void Times_should_be_those_of_the_hosts_clock()
    {
        Write(Line("one") + Line("two"));
        Copy(TimeSpan.FromSeconds(3_600.5));
        Assert.All(Read(), line => Assert.Equal(Moment - TimeSpan.FromSeconds(3_600.5), line.At));
    }

    [Fact]
    public void Line_that_speaks_for_another_process_should_not_be_read()
    {
        Assert.True(TryAdd(Line("forged", "host") + Line("true") + "nonsense\n\n" + Line("forged", "node-1")));
        Assert.Equal("true", Assert.Single(Read()).Text);
    }

    [Fact]
    public void File_that_is_full_should_not_hold_up_those_that_come_after_it()
    {
        using (var full = System.IO.File.Create(Path.Combine(_here.FullName, "far-" + File)))
            full.SetLength((64 * 1024 * 1024) - 10);
        using (var there = System.IO.File.Create(Path.Combine(_there.FullName, File)))
            there.SetLength(100 * 1024 * 1024);
        Write(Line("after"), "20260102-030406-gpu-1-55_001.jsonl");
        Assert.Equal(1, Copy());
        Assert.Equal("after", Assert.Single(Read()).Text);
    }

    [Fact]
    public void Newest_file_should_be_kept_though_the_clock_that_named_it_was_wrong()
    {
        for (var number = 0; number < 16; number++)
        {
            Write(Line($"{number}"), $"20360102-0304{number:00}-gpu-1-55.jsonl");
            System.IO.File.SetLastWriteTimeUtc(
                Path.Combine(_there.FullName, $"20360102-0304{number:00}-gpu-1-55.jsonl"),
                Moment.UtcDateTime.AddSeconds(number)
            );
        }
        Copy();
        Write(Line("now"));
        Assert.Equal(1, Copy());
        Assert.Contains("now", Read().Select(line => line.Text));
        Assert.Equal(0, Copy());
    }

    [Fact]
    public void Time_that_can_not_be_should_be_no_line()
    {
        // One that is written otherwise would hide what comes after it, when the host's own time is written over it.
        Assert.True(
            TryAdd("""{"at":"2026-1-1","node":"gpu-1","q":"","event":"job.ended","actor":"x","level":"info","text":"forged"}""" + "\n")
        );
        Assert.Empty(Read());
        System.IO.File.Delete(Path.Combine(_here.FullName, "far-" + File));
        Assert.True(TryAdd(Line("true") + Line("odd").Replace("2026-", "9999-", StringComparison.Ordinal)));
        Assert.Equal("true", Assert.Single(Read()).Text);
    }

    [Theory]
    [InlineData("20260102-030405-host-55.jsonl", 0)]
    [InlineData("20260102-030405-gpu-1-55.txt", 0)]
    [InlineData("../20260102-030405-gpu-1-55.jsonl", 0)]
    [InlineData("20260102-030405-gpu-1-5/5.jsonl", 0)]
    [InlineData("20260102-030405-gpu-1-55.jsonl\n", 0)]
    [InlineData(File, 7)]
    [InlineData(File, -1)]
    public void Nothing_but_what_comes_next_of_this_node_should_be_taken(string file, long at)
    {
        Assert.False(TryAdd(Line("one"), file, at));
        Assert.Empty(Read());
    }

    [Fact]
    public void Only_the_newest_files_should_be_kept()
    {
        for (var number = 0; number < 20; number++)
            Write(Line($"{number}"), $"20260102-0304{number:00}-gpu-1-55.jsonl");
        Write(Line("other"), "far-20260102-030405-gpu-2-55.jsonl");
        System.IO.File.Copy(
            Path.Combine(_there.FullName, "far-20260102-030405-gpu-2-55.jsonl"),
            Path.Combine(_here.FullName, "far-20260102-030405-gpu-2-55.jsonl")
        );
        Assert.Equal(16, Copy());
        Write(Line("20"), "20260102-030420-gpu-1-55.jsonl");
        Assert.Equal(1, Copy());
        Assert.Equal(17, _here.GetFiles().Length);
        Assert.DoesNotContain("4", Read().Select(line => line.Text));
    }
}
