using System.Text.Json.Nodes;

namespace Mailroom.Logs;

public sealed class LogSpecs : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-logs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Line_in_which_a_name_stands_twice_should_be_none() =>
        Assert.Null(LogLine.Parse("{\"at\":\"2026-01-02T03:04:05Z\",\"at\":\"2026-01-02T03:04:05Z\",\"event\":\"x\"}"));

    private static LogLine Line(
        int second,
        string text,
        Severity level = Severity.Info,
        int? job = null,
        string node = "host",
        string actor = "/user/mailroom/jobs"
    ) => new(Noon.AddSeconds(second), level, "job.accepted", node, actor, job, null, text, null, new JsonObject { ["count"] = 3 });

    private LogSettings Settings(string node, int files = 10, long bytes = 1_000_000) => new(_folder, node, Severity.Info, bytes, 3, files);

    private LogStore Store => new(_folder, TimeProvider.System);

    private void Write(string node, params LogLine[] lines)
    {
        using var file = LogFile.Open(Settings(node), Noon);
        foreach (var line in lines)
            file.Write(line with { Node = node });
    }

    [Fact]
    public void Logs_should_tell_the_story_of_all_processes_in_the_order_of_time()
    {
        Write("host", Line(1, "one"), Line(3, "three"));
        Write("node-1", Line(2, "two"), Line(4, "four"));
        Assert.Equal(["one", "two", "three", "four"], Store.Read(new LogQuery()).Select(line => line.Text));
    }

    [Fact]
    public void Logs_should_keep_all_that_a_line_says()
    {
        var line = Line(1, "text with \u001b and \"quotes\"", Severity.Error, job: 12) with { Piece = 3, Exception = "a\nstack" };
        Write("host", line);
        var back = Store.Read(new LogQuery()).Single();
        Assert.Equal(line.ToJson().ToJsonString(), back.ToJson().ToJsonString());
    }

    [Fact]
    public void Logs_should_be_there_before_their_process_ends()
    {
        using var file = LogFile.Open(Settings("host"), Noon);
        file.Write(Line(1, "last words"));
        Assert.Equal("last words", Store.Read(new LogQuery()).Single().Text);
    }

    [Fact]
    public void Logs_should_pass_over_a_line_that_was_cut_off()
    {
        Write("host", Line(1, "whole"));
        File.AppendAllText(Directory.GetFiles(_folder).Single(), "{\"at\":\"2026-01-02T12:00:02Z\",\"lev\n{broken}\n");
        Assert.Equal("whole", Store.Read(new LogQuery()).Single().Text);
    }

    public static TheoryData<LogQuery, string> Queries() =>
        new()
        {
            { new LogQuery(Job: 2), "bee" },
            { new LogQuery(Level: Severity.Warning), "bee c" },
            { new LogQuery(Node: "node-1"), "c" },
            { new LogQuery(Actor: "WORKER"), "c" },
            { new LogQuery(Since: Noon.AddSeconds(2)), "bee c" },
            { new LogQuery(Search: "EE"), "bee" },
            { new LogQuery(Search: "ACCEPTED"), "a bee c" },
            { new LogQuery(Last: 1), "c" },
        };

    [Theory]
    [MemberData(nameof(Queries))]
    public void Logs_should_give_what_is_asked_for(LogQuery query, string expected)
    {
        Write("host", Line(1, "a", job: 1), Line(2, "bee", Severity.Warning, job: 2));
        Write("node-1", Line(3, "c", Severity.Error, actor: "/user/node/worker-1"));
        Assert.Equal(expected, string.Join(' ', Store.Read(query).Select(line => line.Text)));
    }

    [Fact]
    public async Task Logs_should_follow_new_lines_of_new_processes()
    {
        Write("host", Line(1, "before"));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var lines = Store.FollowAsync(new LogQuery(), stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("before", lines.Current.Text);
        Write("node-1", Line(2, "after"));
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("after", lines.Current.Text);
    }

    [Fact]
    public void Logs_should_stay_bounded()
    {
        using (var file = LogFile.Open(Settings("host", bytes: 100_000), Noon))
            for (var i = 0; i < 5_000; i++)
                file.Write(Line(i, new string('x', 100)));
        var files = new DirectoryInfo(_folder).GetFiles();
        Assert.InRange(files.Length, 2, 3);
        Assert.All(files, file => Assert.InRange(file.Length, 1, 110_000));
    }

    [Fact]
    public void Logs_should_delete_the_oldest_files_of_earlier_processes()
    {
        for (var i = 0; i < 5; i++)
            Write($"node-{i}", Line(i, "x"));
        using var file = LogFile.Open(Settings("host", files: 3), Noon);
        file.Write(Line(9, "x"));
        Assert.Equal(3, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void Copies_of_far_logs_should_drive_no_log_of_this_machine_out()
    {
        Write("node-1", Line(1, "x"));
        foreach (var number in Enumerable.Range(1, 5))
            File.WriteAllText(Path.Combine(_folder, $"far-20260102-03040{number}-gpu-1-55.jsonl"), "");
        using var file = LogFile.Open(Settings("host", files: 3), Noon);
        file.Write(Line(9, "x"));
        var files = Directory.GetFiles(_folder).Select(path => Path.GetFileName(path)).ToList();
        Assert.Equal((3, 2), (files.Count(name => name.StartsWith("far-", StringComparison.Ordinal)), files.Count(name => name[0] != 'f')));
    }

    [Fact]
    public void Logs_should_keep_what_happened_whatever_others_make_it_write()
    {
        using (var file = LogFile.Open(Settings("host", bytes: 100_000), Noon))
        {
            file.Write(Line(0, "what happened"));
            for (var i = 0; i < 20_000; i++)
                file.Write(Line(i, new string('x', 200)) with { Event = "door.refused" });
        }
        Assert.Equal("what happened", Store.Read(new LogQuery(Search: "what happened")).Single().Text);
        Assert.InRange(new DirectoryInfo(_folder).GetFiles().Sum(file => file.Length), 1, 210_000);
    }

    [Fact]
    public void Throttle_should_let_each_cause_pass_once_in_a_while_and_count_the_others()
    {
        var throttle = new Throttle(TimeSpan.FromSeconds(1));
        var now = Noon.UtcDateTime;
        Assert.Equal(0, throttle.Pass("a", now));
        Assert.Null(throttle.Pass("a", now));
        Assert.Null(throttle.Pass("a", now.AddSeconds(0.9)));
        Assert.Equal(0, throttle.Pass("b", now));
        Assert.Equal(2, throttle.Pass("a", now.AddSeconds(1)));
        Assert.Equal(0, throttle.Pass("a", now.AddSeconds(-3600))); // a clock that was set back silences nobody
    }
}
