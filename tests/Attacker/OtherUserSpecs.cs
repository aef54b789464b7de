using System.Diagnostics;
using System.Text;
using Mailroom.EndToEnd;

namespace Mailroom.Attacker;

/// <summary>Another user of the same machine; only root can become one.</summary>
public class OtherUserSpecs : EndToEndSpec
{
    private const string Nobody = "65534";

    private static bool IsRoot => OperatingSystem.IsLinux() && Environment.UserName == "root" && File.Exists("/usr/bin/setpriv");

    [Fact]
    public async Task Another_user_should_read_and_use_nothing_of_a_host()
    {
        if (!IsRoot)
            return; // to be another user takes root
        Open(Folder);
        Directory.CreateDirectory(State);
        await RunAsync("chmod", "755", State);
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        var nodes = await Until(nodes => nodes.AsArray().Any(node => (string)node!["state"]! == "up"), "nodes");
        await Mailroom("send", "practice", "--count", "3", "--by", "processes");
        var node = (int)nodes[0]!["pid"]!;
        Assert.Equal(
            "",
            await AsNobodyAsync(
                $"find {State} -mindepth 1 2>/dev/null; cat {State}/authority.pem {State}/journal.db {State}/logs/* 2>/dev/null"
            )
        );
        foreach (var pid in new[] { host.Pid, node })
            Assert.DoesNotContain(
                "PRIVATE",
                await AsNobodyAsync($"cat /proc/{pid}/cmdline /proc/{pid}/environ /proc/{pid}/fd/* /proc/{pid}/maps 2>/dev/null")
            );
        Assert.NotEqual(
            "200",
            await AsNobodyAsync($"curl -s -o /dev/null -w '%{{http_code}}' --unix-socket {State}/control.sock http://mailroom/jobs")
        );
        await RunAsync("chmod", "711", State); // were the folder ever opened, what lies in it still is closed
        Assert.Equal(
            "",
            await AsNobodyAsync(
                $"cat {State}/authority.pem {State}/journal.db {State}/host.lock {State}/host.kinds {State}/logs/* 2>/dev/null"
            )
        );
        Assert.NotEqual(
            "200",
            await AsNobodyAsync($"curl -s -o /dev/null -w '%{{http_code}}' --unix-socket {State}/control.sock http://mailroom/jobs")
        );
    }

    [Fact]
    public async Task State_folder_of_another_user_should_be_refused()
    {
        if (!IsRoot)
            return;
        Open(Folder);
        Directory.CreateDirectory(State);
        await RunAsync("chown", Nobody, State);
        var run = await Mailroom("send", "practice", "--count", "1", "--by", "threads");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains("belongs to another user", run.Error);
        Assert.Empty(Directory.GetFileSystemEntries(State));
    }

    [Fact]
    public async Task State_folder_that_is_open_and_holds_other_things_should_be_refused_and_left_as_it_is()
    {
        if (OperatingSystem.IsWindows())
            return;
        Directory.CreateDirectory(State);
        await File.WriteAllTextAsync(Path.Combine(State, "mine"), "mine");
        File.SetUnixFileMode(
            State,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute
        );
        var run = await Mailroom("send", "practice", "--count", "1", "--by", "threads");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains("is open to other users and holds other things", run.Error);
        Assert.Equal(["mine"], Directory.GetFileSystemEntries(State).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Keys_should_stand_in_nothing_that_a_run_leaves_behind_but_the_authoritys_own_file()
    {
        var (host, _) = StartHost("--nodes", "2");
        await using (host)
        {
            await Until(nodes => nodes.AsArray().Count(node => (string)node!["state"]! == "up") == 2, "nodes");
            await Mailroom("send", "practice", "--count", "3", "--by", "processes");
            using var ps = Process.Start(new ProcessStartInfo("ps", ["-eo", "args"]) { RedirectStandardOutput = true })!;
            Assert.DoesNotContain(Key(), await ps.StandardOutput.ReadToEndAsync());
            foreach (var pid in Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)))
            {
                try
                {
                    var environment = await File.ReadAllTextAsync($"/proc/{pid}/environ");
                    Assert.DoesNotContain(Key(), environment);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    continue; // it has ended, or is another's
                }
            }
        }
        var key = Key();
        var holding = Directory
            .EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Where(file => Holds(file, key) || Holds(file, "PRIVATE KEY"))
            .Select(Path.GetFileName);
        Assert.Equal(["authority.pem"], holding);
    }

    private string Key() =>
        File.ReadAllLines(Path.Combine(State, "authority.pem"))
            .SkipWhile(line => !line.Contains("PRIVATE", StringComparison.Ordinal))
            .Skip(1)
            .First();

    private static bool Holds(string file, string text) =>
        Encoding.Latin1.GetString(File.ReadAllBytes(file)).Contains(text, StringComparison.Ordinal);

    private static void Open(string folder)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(
                folder,
                UnixFileMode.UserRead
                    | UnixFileMode.UserWrite
                    | UnixFileMode.UserExecute
                    | UnixFileMode.OtherRead
                    | UnixFileMode.OtherExecute
            );
    }

    private static Task<string> AsNobodyAsync(string script) =>
        RunAsync("setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "sh", "-c", script);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
