using System.Text;
using Mailroom.BuiltIn;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Sending;

/// <summary>Files on their way from the host to a node: what the one reads and the other keeps.</summary>
public sealed class SentFilesSpecs : IDisposable
{
    private const int PartBytes = 100;

    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("mailroom-here");
    private readonly DirectoryInfo _there = Directory.CreateTempSubdirectory("mailroom-there");
    private readonly Checksum _kind = new();
    private readonly HandClock _clock = new();
    private int _parts;

    public void Dispose()
    {
        _here.Delete(recursive: true);
        _there.Delete(recursive: true);
    }

    private FileStore Store(long most = 1_000_000) => new(_there.FullName, most);

    private void Write(string name, string text)
    {
        var path = Path.Combine(_here.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private (JobRequest Request, IWork Work) Job(IKind kind, params string[] send)
    {
        var request = new JobRequest(kind.Name, new() { ["path"] = "x" }, _here.FullName, Send: send);
        Write("x", "x");
        return (request, kind.Bind(request.Arguments, request.Directory));
    }

    private SentFiles Sent(params string[] paths)
    {
        var (request, work) = Job(_kind, paths);
        request.Check();
        SentFiles.Check(request, work);
        return SentFiles.Of(request, work)!;
    }

    private FileTaking Begin(FileStore store, SentFiles files) =>
        new(store, 1, files.Manifest.Sha256, files.Manifest.Form.Length, PartBytes, _clock);

    /// <summary>Takes them all.</summary>
    /// <returns>the folder in which they are</returns>
    private string Take(FileStore store, SentFiles files)
    {
        using var taking = Begin(store, files);
        for (_parts = 0; !taking.IsDone; )
            foreach (var place in taking.Ask())
            {
                Assert.True(taking.TryTake(place, files.Read(place.File, place.At, PartBytes)));
                _parts += place.File == 0 ? 0 : 1;
            }
        return taking.Folder!;
    }

    private static string[] In(string folder) =>
        [
            .. Directory
                .GetFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => $"{Path.GetRelativePath(folder, file)}={File.ReadAllText(file)}")
                .Order(StringComparer.Ordinal),
        ];

    [Fact]
    public void Files_and_folders_should_arrive_as_they_are_below_the_jobs_folder()
    {
        Write("a.txt", "one");
        Write("data/b.txt", new string('b', 250));
        Write("data/deep/empty", "");
        Write("other", "not sent");
        Assert.Equal(
            ["a.txt=one", $"data/b.txt={new string('b', 250)}", "data/deep/empty="],
            In(Take(Store(), Sent("a.txt", "./data/", "data")))
        );
        Assert.Equal(4, _parts);
    }

    [Fact]
    public void The_whole_folder_should_be_sent_by_a_point()
    {
        Write("a.txt", "one");
        Assert.Equal(["a.txt=one", "x=x"], In(Take(Store(), Sent("."))));
    }

    [Fact]
    public void Programs_should_arrive_as_programs()
    {
        if (OperatingSystem.IsWindows())
            return; // which tells programs by their names
        Write("run", "#!/bin/sh");
        File.SetUnixFileMode(Path.Combine(_here.FullName, "run"), (UnixFileMode)0x1ED); // 0755
        Write("plain", "");
        var folder = Take(Store(), Sent("run", "plain"));
        Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(Path.Combine(folder, "run"))); // 0700
        Assert.Equal((UnixFileMode)0x180, File.GetUnixFileMode(Path.Combine(folder, "plain"))); // 0600
    }

    [Fact]
    public void What_is_there_already_should_not_travel_again_whatever_it_is_called()
    {
        Write("a", "content");
        Write("copy", "content");
        var store = Store();
        var first = Take(store, Sent("a", "copy"));
        Assert.Equal(1, _parts);
        store.Remove(first);
        Write("b", "content");
        Assert.Equal(["b=content"], In(Take(Store(), Sent("b"))));
        Assert.Equal(0, _parts);
    }

    [Fact]
    public void What_a_job_does_to_its_files_should_not_reach_the_next_job()
    {
        Write("a", "content");
        File.AppendAllText(Path.Combine(Take(Store(), Sent("a")), "a"), " and more");
        Assert.Equal(["a=content"], In(Take(Store(), Sent("a"))));
        Assert.Equal(0, _parts);
    }

    [Fact]
    public void What_is_kept_and_was_changed_should_be_fetched_anew()
    {
        Write("a", "content");
        Take(Store(), Sent("a"));
        var kept = Assert.Single(Directory.GetFiles(Path.Combine(_there.FullName, "contents")));
        File.WriteAllText(kept, "CONTENT");
        Assert.Equal(["a=content"], In(Take(Store(), Sent("a"))));
        Assert.Equal(1, _parts);
    }

    [Fact]
    public void What_was_used_least_lately_should_give_way()
    {
        Write("a", new string('a', 60));
        Write("b", new string('b', 60));
        Take(Store(100), Sent("a"));
        var kept = Assert.Single(Directory.GetFiles(Path.Combine(_there.FullName, "contents")));
        File.SetLastWriteTimeUtc(kept, DateTime.UnixEpoch);
        Take(Store(100), Sent("b"));
        Assert.NotEqual(kept, Assert.Single(Directory.GetFiles(Path.Combine(_there.FullName, "contents"))));
        Write("big", new string('c', 101));
        Assert.Contains("this node takes 0 MB at most", Assert.Throws<UserError>(() => Take(Store(100), Sent("big"))).Message);
    }

    [Fact]
    public void A_part_that_is_lost_should_be_asked_for_again_and_one_that_comes_twice_should_do_no_harm()
    {
        Write("a", string.Concat(Enumerable.Range(0, 300).Select(number => $"{number:000}")));
        var files = Sent("a");
        using var taking = Begin(Store(), files);
        var random = new Random(1);
        var way = new List<FilePlace>(taking.Ask());
        for (var step = 0; !taking.IsDone && step < 10_000; step++)
        {
            if (way.Count == 0)
                way.AddRange(taking.AskAgain());
            var place = way[0];
            way.RemoveAt(0);
            if (random.Next(4) == 0)
                continue; // lost
            for (var times = random.Next(1, 3); times > 0 && !taking.IsDone; times--)
                if (taking.TryTake(place, files.Read(place.File, place.At, PartBytes)))
                    way.AddRange(taking.Ask());
        }
        Assert.Equal([$"a={File.ReadAllText(Path.Combine(_here.FullName, "a"))}"], In(taking.Folder!));
    }

    [Theory]
    [InlineData("content that is another", "as long")]
    [InlineData("", "shorter")]
    public void A_file_that_is_changed_on_its_way_should_be_told_and_leave_nothing_behind(string now, string how)
    {
        var text = new string('x', 250);
        Write("a", text);
        var files = Sent("a");
        _ = files.Manifest;
        Write("a", now.PadRight(how == "as long" ? 250 : 0));
        Assert.Equal("a has changed since the job began", Assert.Throws<FormatException>(() => Take(Store(), files)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_there.FullName, "jobs")));
        Assert.Empty(Directory.GetFiles(Path.Combine(_there.FullName, "contents")));
    }

    [Fact]
    public void Names_that_are_no_text_should_arrive_as_they_are_and_go_with_the_folder_and_links_in_it_should_not_be_followed()
    {
        var odd = Octets.Text([(byte)'d', 0xE9, (byte)'/', (byte)'a', 0xFF]);
        Disk.MakeFolders(Path.Combine(_here.FullName, odd.Split('/')[0]));
        using (var file = SafeFile.Create(_here.FullName, odd))
            RandomAccess.Write(file, "odd"u8, 0);
        var store = Store();
        var folder = Take(store, Sent("."));
        Assert.Equal(3, Disk.Size(Path.Combine(folder, odd)));
        var outside = Path.Combine(_there.FullName, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "a"), "");
        Directory.CreateSymbolicLink(Path.Combine(folder, "link"), outside); // as a program may
        store.Remove(folder);
        Assert.False(Directory.Exists(folder));
        Assert.True(File.Exists(Path.Combine(outside, "a")));
        Disk.DeleteFolder(Path.Combine(_here.FullName, odd.Split('/')[0])); // which .NET can't
    }

    [Fact]
    public void More_should_be_asked_for_as_long_as_it_comes_soon_and_less_where_the_line_is_slow()
    {
        Write("a", new string('x', 100 * PartBytes));
        var files = Sent("a");
        using var taking = Begin(Store(), files);
        var way = new Queue<FilePlace>(taking.Ask());
        void Come(double seconds)
        {
            _clock.Seconds += seconds;
            var place = way.Dequeue();
            Assert.True(taking.TryTake(place, files.Read(place.File, place.At, PartBytes)));
            foreach (var more in taking.Ask())
                way.Enqueue(more);
        }
        for (var step = 0; step < 40; step++)
            Come(0.001);
        Assert.Equal(16, way.Count);
        for (var step = 0; step < 20; step++)
            Come(0.5);
        Assert.Single(way);
    }

    [Fact]
    public void What_was_broken_off_should_leave_nothing_behind()
    {
        Write("a", new string('x', 50 * PartBytes));
        var files = Sent("a");
        using (var taking = Begin(Store(), files))
            for (var part = 0; part < 4; part++)
                foreach (var place in taking.Ask())
                    Assert.True(taking.TryTake(place, files.Read(place.File, place.At, PartBytes)));
        Assert.Empty(Directory.GetFiles(Path.Combine(_there.FullName, "contents")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_there.FullName, "jobs")));
    }

    [Fact]
    public void Folders_of_jobs_should_have_a_bound_together()
    {
        Write("a", new string('a', 60));
        Write("b", new string('b', 60));
        var store = Store(100);
        var first = Take(store, Sent("a"));
        Assert.Contains("and has 0 MB of other jobs", Assert.Throws<UserError>(() => Take(store, Sent("b"))).Message);
        store.Remove(first);
        Take(store, Sent("b"));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    public void Paths_that_another_machine_has_not_should_be_refused_beside_files_that_are_sent(string path)
    {
        Write("a", "");
        var (request, work) = Job(_kind, "a");
        request.Arguments["path"] = new System.Text.Json.Nodes.JsonArray("a", path);
        Assert.StartsWith(
            $"send: checksum is given '{path}', which another machine has not",
            Assert.Throws<UserError>(() => SentFiles.Check(request, work)).Message
        );
    }

    [Fact]
    public void Folder_without_files_should_be_refused()
    {
        Directory.CreateDirectory(Path.Combine(_here.FullName, "out", "deep"));
        Assert.Equal("send: there is no file in out", Assert.Throws<UserError>(() => Sent("out")).Message);
    }

    [Fact]
    public void Links_below_what_was_named_should_not_be_followed()
    {
        Write("data/a", "one");
        File.CreateSymbolicLink(Path.Combine(_here.FullName, "data", "passwd"), "/etc/passwd");
        Assert.Equal(["data/a=one"], In(Take(Store(), Sent("data"))));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../other")]
    [InlineData("data/../../other")]
    [InlineData("")]
    public void What_does_not_lie_below_the_jobs_folder_should_be_refused(string path) =>
        Assert.StartsWith($"send has '{path}'", Assert.Throws<UserError>(() => Sent(path)).Message);

    [Fact]
    public void A_job_that_reads_no_files_should_send_none()
    {
        var request = new JobRequest(
            "integrate",
            new()
            {
                ["expression"] = "x",
                ["from"] = "0",
                ["to"] = "1",
            },
            "/",
            Send: ["a"]
        );
        var work = ((IKind)new Integrate()).Bind(request.Arguments, "/");
        Assert.Equal(
            "send: files are sent along with jobs that read some in a folder (--directory), but integrate does not",
            Assert.Throws<UserError>(() => SentFiles.Check(request, work)).Message
        );
        Assert.StartsWith("send: there is no file or folder 'nowhere' in ", Assert.Throws<UserError>(() => Sent("nowhere")).Message);
    }

    public static TheoryData<string> Lists() =>
        [
            "",
            "null",
            "{}",
            "[null]",
            "[{}]",
            File1("../a"),
            File1("/a"),
            File1("a//b"),
            File1("a/"),
            File1("./a"),
            File1("a\\u0000"),
            File1("a", bytes: "-1"),
            File1("a", bytes: "9223372036854775807"),
            File1("a", hash: "../../../../etc/passwd"),
            $"[{File1("a")[1..^1]},{File1("a")[1..^1]}]",
        ];

    private static string File1(string name, string bytes = "1", string? hash = null) =>
        $$"""[{"name":"{{name}}","bytes":{{bytes}},"sha256":"{{hash ?? new string('0', 64)}}","isProgram":false}]""";

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_list_that_would_write_elsewhere_or_is_none_should_be_refused(string list) =>
        Assert.Throws<FormatException>(() => Manifest.Read(Encoding.UTF8.GetBytes(list)));

    [Fact]
    public void An_empty_file_of_a_wrong_hash_should_be_refused()
    {
        var form = Encoding.UTF8.GetBytes(File1("a", bytes: "0"));
        using var taking = new FileTaking(Store(), 1, Manifest.Read(form).Sha256, form.Length, 1_000, _clock);
        Assert.Throws<FormatException>(() => taking.TryTake(Assert.Single(taking.Ask()), form));
    }

    private sealed class HandClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => (long)(Seconds * TimeSpan.TicksPerSecond);
    }
}
