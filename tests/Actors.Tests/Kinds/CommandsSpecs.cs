using System.Diagnostics;
using System.Text.Json.Nodes;
using Mailroom.BuiltIn;
using Mailroom.Input;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Kinds;

public sealed class CommandsSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-commands").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private IWork Bind(string[] program, string? inputs = "x\n", params (string Name, JsonNode Value)[] more)
    {
        var path = Path.Combine(_folder, "inputs");
        File.WriteAllText(path, inputs);
        var arguments = new JsonObject
        {
            ["program"] = new JsonArray([.. program.Select(word => JsonValue.Create(word))]),
            ["inputs"] = path,
        };
        foreach (var (name, value) in more)
            arguments[name] = value;
        return ((IKind)new Commands()).Bind(arguments, _folder);
    }

    private static async Task<Commands.Run> RunAsync(IWork work, bool mayBlock = true, CancellationToken cancellation = default)
    {
        var (pieces, _) = await work.SplitAsync(new SplitHint(1, null), CancellationToken.None);
        return (Commands.Run)await work.RunAsync(pieces.First(), new PieceContext(1, 0, 1, mayBlock, NullLogger.Instance, cancellation));
    }

    [Fact]
    public async Task Command_should_not_hand_secrets_of_its_host_to_programs()
    {
        Environment.SetEnvironmentVariable("MAILROOM_SPEC_SECRET", "hidden");
        Environment.SetEnvironmentVariable("MAILROOM_SPEC_OTHER", "shown");
        BuiltIn.Programs.SecretVariables.Hide(["MAILROOM_SPEC_SECRET"]);
        var run = await RunAsync(Bind(["sh", "-c", "env"]));
        Assert.DoesNotContain("hidden", run.Stdout);
        Assert.Contains("MAILROOM_SPEC_OTHER=shown", run.Stdout);
    }

    [Theory]
    [InlineData("{}", "a/b.tar.gz")]
    [InlineData("{.}", "a/b.tar")]
    [InlineData("{/}", "b.tar.gz")]
    [InlineData("{//}", "a")]
    [InlineData("{/.}", "b.tar")]
    [InlineData("{#}", "7")]
    [InlineData("-o={/}-{#}", "-o=b.tar.gz-7")]
    [InlineData("{x}", "{x}")]
    public void Command_should_put_the_input_where_it_is_asked_for(string word, string expected) =>
        Assert.Equal(expected, BuiltIn.Programs.Placeholders.Fill([word], new Commands.Input(7, "a/b.tar.gz"), 1, 1)[0]);

    [Fact]
    public void Command_should_put_the_input_last_where_nothing_asks_for_it_and_never_look_into_it() =>
        Assert.Equal(["echo", "{#} $(x) {}"], BuiltIn.Programs.Placeholders.Fill(["echo"], new Commands.Input(1, "{#} $(x) {}"), 1, 1));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_should_keep_what_the_program_wrote_and_pass_words_as_they_are(bool mayBlock)
    {
        var run = await RunAsync(Bind(["sh", "-c", "printf '%s' \"$1\"; pwd >&2", "sh", "{}"], "a  $(b) 'c' ;d\n"), mayBlock);
        Assert.Equal(("a  $(b) 'c' ;d", 0, 0), (run.Stdout, run.ExitCode, run.Signal));
        Assert.Equal(_folder + "\n", run.Stderr);
    }

    [Theory]
    [InlineData("exit 3", 3, 0, "exit 3")]
    [InlineData("echo oh no >&2; exit 4", 4, 0, "exit 4: oh no")]
    [InlineData("kill -9 $$", 137, 9, "killed by signal 9")]
    public async Task Command_should_fail_with_what_there_is_to_show(string script, int code, int signal, string reason)
    {
        var error = await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync(Bind(["sh", "-c", script])));
        Assert.Equal(reason, error.Message);
        var run = (Commands.Run)error.Result!;
        Assert.Equal((code, signal), (run.ExitCode, run.Signal));
    }

    [Fact]
    public async Task Command_should_keep_only_so_much_and_never_let_the_program_wait_for_it()
    {
        var run = await RunAsync(Bind(["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x"], more: [("keep", 100), ("keepCut", true)]));
        Assert.Equal((100, true, 0), (run.Stdout.Length, run.IsCut, run.ExitCode));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_should_end_a_program_that_never_stops_writing_once_it_is_too_much(bool mayBlock)
    {
        var error = await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync(Bind(["yes"], more: ("keep", 10)), mayBlock));
        Assert.Contains("it wrote more than 10 bytes to stdout (--keep), and was ended", error.Message);
        Assert.Equal("x\nx\nx\nx\nx\n", ((Commands.Run)error.Result!).Stdout);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_should_end_the_whole_group_when_its_time_is_over(bool mayBlock)
    {
        // The shell's child is told nothing by the shell; it must die all the same, and with it the pipe that it holds.
        var work = Bind(["sh", "-c", "sleep 1000 & echo $!; wait"], more: ("timeout", "200ms"));
        var error = await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync(work, mayBlock));
        Assert.Contains("timed out after 200ms", error.Message);
        var run = (Commands.Run)error.Result!;
        Assert.Equal(-1, run.ExitCode);
        await DeadAsync(run.Stdout);
    }

    [Fact]
    public async Task Command_should_kill_a_program_that_will_not_listen()
    {
        using var cancel = new CancellationTokenSource();
        var running = Task.Run(
            () => RunAsync(Bind(["sh", "-c", "trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done"]), true, cancel.Token),
            CancellationToken.None
        );
        string pid;
        while (!File.Exists(Path.Combine(_folder, "pid")) || (pid = await File.ReadAllTextAsync(Path.Combine(_folder, "pid"))).Length == 0)
            await Task.Yield();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await DeadAsync(pid);
    }

    [Fact]
    public async Task Command_should_not_wait_for_what_the_program_left_running()
    {
        var run = await RunAsync(Bind(["sh", "-c", "sleep 1000 & echo $!"]));
        Assert.Equal(0, run.ExitCode);
        using var left = Process.GetProcessById(int.Parse(run.Stdout, System.Globalization.CultureInfo.InvariantCulture));
        left.Kill();
    }

    [Fact]
    public async Task Command_should_write_the_log_that_users_of_gnu_parallel_know()
    {
        var log = Path.Combine(_folder, "log");
        var work = Bind(["echo", "-n"], "one\ntwo\n", ("joblog", log));
        using (var fold = work.Fold())
        {
            foreach (
                var (piece, i) in (await work.SplitAsync(new SplitHint(1, null), CancellationToken.None))
                    .Pieces.Select((piece, i) => (piece, i))
                    .ToList()
            )
            {
                var run = await KindRun.RunAsync(work, piece, i);
                fold.Ended(run);
                fold.Add(run);
            }
            Assert.Equal("onetwo", fold.Finish().Text);
        }
        var lines = await File.ReadAllLinesAsync(log);
        Assert.Equal("Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand", lines[0]);
        Assert.Matches(@"^2\t\S+\t\d+\.\d{3}\t +\d+\.\d{3}\t0\t3\t0\t0\techo -n two$", lines[2]);
    }

    [Theory]
    [InlineData("there are no inputs", "inputs", null)]
    [InlineData("--inputs is empty", "inputs", "")]
    [InlineData("--joblog is empty", "joblog", "")]
    [InlineData("the program's name is empty", "program", "")]
    [InlineData("there is no such file", "inputs", "nothing")]
    [InlineData("--joblog", "joblog", "/does/not/exist/log")]
    [InlineData("--directory", "directory", "/does/not/exist")]
    [InlineData("there is no program 'no-such-program'", "program", "no-such-program")]
    [InlineData("give program and arguments as separate words", "program", "echo hello")]
    public void Command_should_say_what_is_wrong_before_anything_starts(string said, string argument, string? value) =>
        Assert.Contains(said, Assert.Throws<UserError>(() => Bind(["true"], "x", (argument, value!))).Message);

    // A signal that was sent takes its time to arrive; one that never comes lets the spec wait for ever, which fails it.
    private static async Task DeadAsync(string pid)
    {
        while (IsAlive(int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture)))
            await Task.Yield();
    }

    private static bool IsAlive(int pid)
    {
        // A zombie that init has not collected yet is as dead as can be.
        var stat = $"/proc/{pid}/stat";
        try
        {
            return File.ReadAllText(stat).Split(") ")[1][0] is not ('Z' or 'X');
        }
        catch (Exception error) when (error is IOException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}
