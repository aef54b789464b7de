namespace Mailroom.EndToEnd;

/// <summary>
/// Every path that a user may name, and everything that the system may have against one: one true line, before anything starts.
/// </summary>
public sealed class OpeningSpecs : EndToEndSpec
{
    private static readonly string[][] Places =
    [
        ["jobs", "--state", "PATH"],
        ["jobs", "--hocon", "PATH"],
        ["kinds", "--kinds", "PATH"],
        ["send", "practice", "--count", "1", "--out", "PATH"],
        ["send", "mandelbrot", "--size", "16x16", "--out", "PATH"],
        ["send", "command", "--joblog", "PATH", "--", "true", ":::", "a"],
        ["send", "command", "--results", "PATH", "--", "true", ":::", "a"],
        ["send", "command", "--inputs", "PATH", "--", "true"],
        ["send", "command", "--directory", "PATH", "--", "true", ":::", "a"],
        ["send", "command", "--", "PATH", ":::", "a"],
        ["send", "fetch", "http://127.0.0.1:9", "--out", "PATH"],
        ["send", "fetch", "--urls", "PATH"],
        ["send", "words", "PATH"],
        ["send", "checksum", "PATH"],
        ["compare", "practice", "--count", "1", "--report", "PATH"],
    ];

    public static TheoryData<string, string> Wrongs =>
        new()
        {
            { "ELOOP", "loop" },
            { "ENAMETOOLONG, a name", new string('n', 300) },
            { "ENAMETOOLONG, a path", string.Concat(Enumerable.Repeat("d/", 2_500)) + "e" },
            { "ENOTDIR", "file/below" },
            { "ENOENT, and none can be made", "/proc/none" },
            { "EACCES", "/sys/kernel/none" },
        };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task Path_that_the_system_refuses_should_be_told_in_one_line_wherever_it_is_named(string error, string path)
    {
        File.CreateSymbolicLink(Path.Combine(Folder, "loop"), "loop");
        await File.WriteAllTextAsync(Path.Combine(Folder, "file"), "");
        foreach (var place in Places)
        {
            string[] words = [.. place.Select(word => word == "PATH" ? path : word)];
            var run = await MailroomProcess.RunInAsync("", Folder, place.Contains("--state") ? words : ["--state", State, .. words]);
            Assert.True(run.ExitCode is 2 or 3 or 5 or 78, $"{error}: {string.Join(' ', place)}: exit {run.ExitCode}: {run.Error}");
            Assert.True(
                run.Out.Length == 0
                    && run.Error.Length > 0
                    && !run.Error.Contains('\n', StringComparison.Ordinal)
                    && !run.Error.Contains("bug", StringComparison.Ordinal),
                $"{error}: {string.Join(' ', place)}: {run.Error}"
            );
        }
        Assert.False(File.Exists(Path.Combine(State, "journal.db"))); // nothing was started
    }
}
