using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Host.Console;
using Mailroom.Host.Console.Commands;
using Mailroom.Host.Console.Prompting;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Observe;

namespace Mailroom.Host;

public class CommandTreeSpecs
{
    private static readonly CommandTree Tree = new(Catalogue.BuiltIn);

    [Theory]
    [InlineData("sned", ExitCode.Usage, "there is no command 'sned'", "did you mean 'send'?")]
    [InlineData("send intergate", ExitCode.NotFound, "there is no kind 'intergate'", "did you mean 'integrate'?")]
    [InlineData("send practise --count 3", ExitCode.NotFound, "there is no kind 'practise'", "did you mean 'practice'?")]
    [InlineData("compare practise --count 3 --runs 2", ExitCode.NotFound, "there is no kind 'practise'", "did you mean 'practice'?")]
    [InlineData("send --by threads", ExitCode.Usage, "mailroom send:", "send --help")]
    [InlineData("send", ExitCode.Usage, "mailroom send: which one?", "integrate")]
    [InlineData("send integrate x --form 0", ExitCode.Usage, "there is no option '--form'", "did you mean '--from'?")]
    [InlineData("send words README.md --topp 3", ExitCode.Usage, "there is no option '--topp'", "did you mean '--top'?")]
    [InlineData("jobs shwo 1", ExitCode.Usage, "there is no command 'shwo'", "did you mean 'show'?")]
    [InlineData("jobs show", ExitCode.Usage, "mailroom jobs show:", "--help")]
    [InlineData("jobs show 1 2", ExitCode.Usage, "'2' is one word too many", "--help")]
    [InlineData("jobs --color maybe", ExitCode.Usage, "--color is 'maybe', but it takes auto, always or never", "")]
    [InlineData("logs -n", ExitCode.Usage, "mailroom logs: --lines takes a value: N", "--help")]
    [InlineData("send integrate x --workers 1 --workers 2", ExitCode.Usage, "--workers is given more than once", "--help")]
    [InlineData("send integrate", ExitCode.Usage, "EXPRESSION is missing (an expression in x", "--help")]
    [InlineData("send integrate x", ExitCode.Usage, "--from is missing (where the interval begins", "--help")]
    [InlineData("send --timeout 5s fetch http://x", ExitCode.Usage, "--timeout is an option of fetch's own here", "write it behind fetch")]
    [InlineData("send --nowait integrate x", ExitCode.Usage, "there is no option '--nowait'", "did you mean '--no-wait'?")]
    [InlineData("help foo", ExitCode.Usage, "there is no command 'foo'", "")]
    [InlineData("--json help send integrat", ExitCode.NotFound, "there is no kind 'integrat'", "did you mean 'integrate'?")]
    [InlineData("nodes --jsno", ExitCode.Usage, "there is no option '--jsno'", "did you mean '--json'?")]
    public void Command_should_be_refused_in_one_line_that_helps(string line, ExitCode code, string what, string next)
    {
        var error = Tree.ErrorOf(Tree.Parse(line.Split(' ')));
        Assert.NotNull(error);
        Assert.Equal(code, error.ExitCode);
        Assert.Contains(what, error.Message);
        Assert.Contains(next, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("send integrate x^2 --from -1 --to -pi/2 --steps 100M --by threads --json")]
    [InlineData("send checksum a b c --priority high --workers 3 --no-wait")]
    [InlineData("logs 12 -f -n 5 --level error --node node-1 --actor worker --since 5m --search text")]
    [InlineData("jobs wait 3 --color never --state /tmp/x --set mailroom.logs.level=debug --set mailroom.threads.workers=1")]
    [InlineData("send command --workers 1 -- echo --any {}")]
    [InlineData("start --nodes 3 --no-prompt")]
    [InlineData("help")]
    [InlineData("help send integrate")]
    [InlineData("--json --state x --set mailroom.logs.level=debug help send integrate")]
    [InlineData("send --no-wait --by threads integrate x --from 0 --to 1 --name help")]
    [InlineData("compare --runs 1 integrate x --from 0 --to 1 --workers 2")]
    public void Command_should_be_understood(string line) => Assert.Null(Tree.ErrorOf(Tree.Parse(line.Split(' '))));

    [Theory]
    [InlineData("se", "send")]
    [InlineData("send i", "integrate")]
    [InlineData("jobs ", "cancel")]
    [InlineData("send integrate --st", "--steps")]
    [InlineData("send integrate x --by ", "processes")]
    [InlineData("send integrate x --rule ", "simpson")]
    public void Command_should_be_completed(string line, string expected) => Assert.Contains(expected, Tree.Complete(line));
}

public class FullOutputSpecs
{
    [Fact]
    public async Task Output_that_takes_nothing_should_be_told_in_one_line()
    {
        using var error = new StringWriter();
        using var full = new FullWriter();
        var terminal = new Terminal(full, error, outIsTerminal: false, errorIsTerminal: false);
        Assert.Equal(
            ExitCode.JobFailed,
            await ConsoleProgram.Guard(
                terminal,
                debug: false,
                () =>
                {
                    terminal.Data("a line");
                    return Task.FromResult(ExitCode.Done);
                }
            )
        );
        Assert.Equal("the output can't be written: No space left on device\n", error.ToString());
    }

    private sealed class FullWriter : StringWriter
    {
        public override void Write(string? value) => throw new IOException("No space left on device");
    }
}

public class LivingCompletionSpecs
{
    [Theory]
    [InlineData("jobs show ", "12")]
    [InlineData("follow ", "12")]
    [InlineData("logs ", "12")]
    [InlineData("logs --node ", "node-2")]
    [InlineData("logs --actor ", "feed")]
    public void Command_should_be_completed_with_what_there_is_now(string line, string expected)
    {
        var tree = new CommandTree(Catalogue.BuiltIn);
        tree.Names.Note(ContractSpecs.Changed with { Nodes = [ContractSpecs.Changed.Nodes[0] with { State = NodeState.Up }] });
        Assert.Contains(expected, tree.Complete(line));
    }
}

public class KnownNamesSpecs
{
    [Fact]
    public void Names_should_be_those_of_what_there_is()
    {
        var names = new KnownNames();
        var node = ContractSpecs.Changed.Nodes[0];
        names.Note(
            ContractSpecs.Changed with
            {
                Nodes = [node with { State = NodeState.Up, Actors = [Actor(node.Name, "/user/node/old")] }],
            }
        );
        Assert.Equal(["feed", "old"], names.Actors);
        names.Note(new Feed.Changes(8, [], [node with { State = NodeState.Up, Actors = [Actor(node.Name, "/user/node/new")] }], []));
        Assert.Equal(["feed", "new"], names.Actors);
        names.Note(new Feed.Changes(9, [], [node with { State = NodeState.Gone }], []));
        Assert.Equal(["feed"], names.Actors);
        Assert.Empty(names.Nodes);
    }

    private static ActorReport Actor(string node, string path) => new(node, path, "", 0, 0, 0, 0, null, null);
}

public class TerminalSpecs
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    private Terminal Pipe() => new(_out, _error, outIsTerminal: false, errorIsTerminal: false);

    [Fact]
    public void Terminal_should_write_no_colour_into_a_pipe()
    {
        var terminal = Pipe();
        terminal.Table(
            ["A", "B"],
            [
                ["1", "two words"],
                ["22", "x"],
            ],
            stretch: 1
        );
        terminal.Error("wrong");
        Assert.Equal("A   B\n1   two words\n22  x\n", _out.ToString());
        Assert.Equal("wrong\n", _error.ToString());
    }

    [Fact]
    public void Terminal_should_colour_a_pipe_when_told_to()
    {
        var terminal = Pipe();
        terminal.SetColors(ColorMode.Always);
        terminal.Table(
            ["A"],
            [
                ["1"],
            ],
            stretch: 0
        );
        Assert.Contains("\u001b[", _out.ToString());
    }

    [Fact]
    public void Table_that_has_no_room_should_be_cut_behind_a_word()
    {
        var terminal = Pipe();
        terminal.Table(
            ["A", "B"],
            [
                [new string('x', 150), "some words that are too long for what is left"],
            ],
            stretch: 1
        );
        Assert.Equal($"{"A", -150}  B\n{new string('x', 150)}  some …\n", _out.ToString());
    }

    [Fact]
    public void Table_with_wide_characters_should_stand_in_columns_all_the_same()
    {
        var terminal = Pipe();
        terminal.Table(
            ["A", "B"],
            [
                ["\u6f22\u5b57", "x"],
                ["1", "y"],
            ],
            stretch: 1
        );
        Assert.Equal("A     B\n\u6f22\u5b57  x\n1     y\n", _out.ToString());
    }

    [Fact]
    public void Terminal_should_disarm_what_comes_from_outside()
    {
        var terminal = Pipe();
        terminal.Table(
            ["A"],
            [
                ["\u001b[31mred"],
            ],
            stretch: 0
        );
        terminal.Error("\u001b]0;title\u0007");
        Assert.DoesNotContain('\u001b', _out.ToString() + _error);
    }

    [Fact]
    public void Terminal_should_put_a_line_above_what_is_being_edited()
    {
        var terminal = Pipe();
        terminal.SetBottom("mailroom> jo", 12);
        terminal.Notice("job 1 completed");
        Assert.EndsWith("\r\u001b[2Kjob 1 completed\n\rmailroom> jo\r\u001b[12C", _error.ToString());
    }
}

public class ProgressSpecs
{
    private static JobSummary At(double seconds, int done, int? total) =>
        new(
            1,
            "x",
            Technique.Threads,
            JobState.Running,
            null,
            Priority.Normal,
            DateTimeOffset.UnixEpoch,
            new PieceCounts(total, done, 0, 0),
            seconds,
            1,
            null
        );

    [Fact]
    public void Progress_should_tell_rate_and_time_left()
    {
        var line = new ProgressLine();
        line.Sample(At(1, 10, 100));
        line.Sample(At(2, 30, 100));
        Assert.Equal("job 1: 30 % 30/100, 20/s, 3.5s left", line.Plain(At(2, 30, 100)));
    }

    [Fact]
    public void Progress_should_do_without_a_total() => Assert.Equal("job 1: 30 pieces, 15/s", new ProgressLine().Plain(At(2, 30, null)));

    [Theory]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(200)]
    public void Progress_should_fit_the_terminal_unless_that_is_too_narrow_for_its_words(int width)
    {
        var bar = new ProgressLine().Bar(At(2, 30, 100), width);
        Assert.True(bar.Length < Math.Max(width, 30));
        Assert.Contains("30/100", bar);
    }
}

public sealed class HistorySpecs : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void History_should_outlive_its_prompt_and_be_searched_backwards()
    {
        var history = new History(_path);
        foreach (var line in new[] { "jobs", "send integrate x", "jobs", "jobs", " secret", "" })
            history.Add(line);
        var again = new History(_path);
        Assert.Equal(3, again.Count);
        Assert.Equal(1, again.Find("INTEGR", 3));
        Assert.Equal(0, again.Find("jobs", 2));
        Assert.Equal(-1, again.Find("nothing", 3));
    }

    [Fact]
    public void History_should_be_readable_by_its_owner_only()
    {
        File.Delete(_path);
        new History(_path).Add("jobs");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_path));
    }
}

public class ComparedWordsSpecs
{
    private static readonly CommandTree Tree = new(Catalogue.BuiltIn);

    [Theory]
    [InlineData("compare practice --count 3 --runs 2 --json", "mailroom send practice --count 3 --by async")]
    [InlineData("compare --runs 2 practice --count 3", "mailroom send practice --count 3 --by async")]
    [InlineData("compare integrate x^2 --from 0 --to 1", "mailroom send integrate 'x^2' --from 0 --to 1 --by async")]
    [InlineData("compare command --report r.html -- wc -w {} ::: a", "mailroom send command --by async -- wc -w '{}' ::: a")]
    [InlineData("--set a=b --kinds My.dll compare practice --predict 1,2", "mailroom --set a=b --kinds My.dll send practice --by async")]
    public void Job_should_be_sent_again_by_the_words_that_are_printed(string line, string sent)
    {
        var words = new ComparedWords(
            Tree.Parse(line.Split(' ')),
            Catalogue.BuiltIn.Find(line.Contains("practice", StringComparison.Ordinal) ? "practice" : line.Split(' ')[1])
        );
        Assert.Equal(sent, words.Sent(Technique.Async));
        Assert.StartsWith("mailroom ", words.Whole);
        Assert.Equal(line.Split(' ').Length, words.Whole.Split(' ').Length - 1);
    }
}

public class PromptSpecs
{
    [Theory]
    [InlineData(null, Prompt.Parting.Now)]
    [InlineData("n", Prompt.Parting.Now)]
    [InlineData(" D ", Prompt.Parting.Drain)]
    [InlineData("c", Prompt.Parting.Not)]
    [InlineData("", Prompt.Parting.Not)]
    [InlineData("jobs", Prompt.Parting.Not)]
    public void Prompt_should_stop_at_once_when_it_is_told_to_stop_again(string? answer, object parting) =>
        Assert.Equal(parting, Prompt.Understood(answer));
}

public sealed class OwnKindsSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-kinds").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Own_kinds_should_be_those_that_are_named_and_never_come_out_of_a_file()
    {
        var file = Path.Combine(_folder, "words");
        await File.WriteAllTextAsync(file, "--kinds\n/tmp/other.dll\n");
        Assert.Empty(await OfAsync("--state", _folder, "send", "checksum", "@" + file));
        Assert.Equal(["my.dll"], await OfAsync("send", "x", "--below", "3", "--kinds", "my.dll", "--state", _folder));
        Assert.Empty(await OfAsync("--state", _folder, "send", "command", "--", "--kinds", "my.dll"));
    }

    private static Task<IReadOnlyList<string>> OfAsync(params string[] words)
    {
        var tree = new CommandTree(Catalogue.BuiltIn);
        var (kinds, state) = tree.KindsAndState(tree.Parse(words))!.Value;
        return OwnKinds.OfAsync(kinds, state, CancellationToken.None);
    }
}
