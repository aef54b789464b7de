using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

/// <summary>What a command printed and how it ended.</summary>
internal sealed record Run(int ExitCode, string Out, string Error)
{
    public JsonNode Json => JsonNode.Parse(Out)!;
}

/// <summary>A real <c>mailroom</c> or <c>mailroom-node</c> process; none outlives its spec.</summary>
internal sealed class MailroomProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly BlockingCollection<string> _out = [];
    private readonly BlockingCollection<string> _error = [];

    private MailroomProcess(string program, IEnumerable<string> arguments, string? directory)
    {
        var start = new ProcessStartInfo(program == "ip" ? program : Path.Combine(AppContext.BaseDirectory, program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        start.Environment["NO_COLOR"] = "1";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(_out, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public static MailroomProcess Start(params string[] arguments) => new("mailroom", arguments, null);

    public static MailroomProcess StartNode(params string[] arguments) => new("mailroom-node", arguments, null);

    /// <summary>One of the two programs, behind words such as <c>ip netns exec NAME</c> that run it elsewhere in its own process.</summary>
    public static MailroomProcess StartOn(string[] before, string program, string[] arguments) =>
        new(before[0], [.. before[1..], Path.Combine(AppContext.BaseDirectory, program), .. arguments], null);

    /// <summary>One of <c>samples/</c>, as its build left it.</summary>
    public static MailroomProcess StartSample(string name, params string[] arguments)
    {
        var here = AppContext.BaseDirectory.TrimEnd('/');
        var (framework, configuration) = (Path.GetFileName(here), Path.GetFileName(Path.GetDirectoryName(here)!));
        return new(Path.Combine(here, "../../../../../samples", name, "bin", configuration, framework, name), arguments, null);
    }

    /// <summary>Runs a command to its end.</summary>
    public static Task<Run> RunAsync(params string[] arguments) => RunInAsync(null, null, arguments);

    public static async Task<Run> RunInAsync(string? input, string? directory, params string[] arguments)
    {
        await using var process = new MailroomProcess("mailroom", arguments, directory);
        if (input is not null)
            await process._process.StandardInput.WriteAsync(input);
        process._process.StandardInput.Close();
        return await process.EndAsync();
    }

    /// <summary>One that reads commands from its stdin, a line each.</summary>
    public static MailroomProcess StartScript(params string[] arguments) => new("mailroom", arguments, null);

    /// <summary>Gives a script its next line.</summary>
    /// <returns>the line that it prints; null when it has ended</returns>
    public async Task<string?> AskAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            return null;
        }
        return _out.TryTake(out var answer, Patience) ? answer : null;
    }

    /// <summary>Lets a script end: there are no more lines.</summary>
    public Task<Run> FinishAsync()
    {
        _process.StandardInput.Close();
        return EndAsync();
    }

    public async Task<Run> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return new Run(_process.ExitCode, string.Join('\n', Rest(_out)), string.Join('\n', Rest(_error)));
    }

    /// <summary>The next line of stderr that holds a text; those before it are passed over.</summary>
    public string ErrorLine(string text) => Line(_error, text);

    public string OutLine(string text) => Line(_out, text);

    /// <summary>Sends a signal by its name, such as TERM.</summary>
    public static void Signal(int pid, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", pid.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(Pid, "TERM");
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        _process.Dispose();
    }

    private static void Keep(BlockingCollection<string> lines, string? line)
    {
        if (line is null)
            lines.CompleteAdding();
        else
            lines.Add(line);
    }

    private static IEnumerable<string> Rest(BlockingCollection<string> lines)
    {
        while (lines.TryTake(out var line, Patience))
            yield return line;
    }

    private static string Line(BlockingCollection<string> lines, string text)
    {
        var seen = new List<string>();
        while (lines.TryTake(out var line, Patience))
        {
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
            seen.Add(line);
        }
        throw new TimeoutException($"no line with '{text}' came, only: {string.Join(" | ", seen)}");
    }
}

/// <summary>A spec with a state folder of its own.</summary>
public abstract class EndToEndSpec : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly string _root = Directory.CreateTempSubdirectory("mailroom-e2e").FullName;

    protected string State => Path.Combine(_root, "state");

    protected string Folder => _root;

    /// <summary>Where the pieces of <c>practice</c> note what really ran.</summary>
    protected string Trace => Path.Combine(_root, "trace");

    /// <summary>How often each piece was begun, by the trace.</summary>
    private protected Dictionary<int, int> Ran() =>
        Directory
            .GetFiles(Trace)
            .SelectMany(File.ReadLines)
            .Select(line => int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture))
            .GroupBy(piece => piece)
            .ToDictionary(group => group.Key, group => group.Count());

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>An assembly with kinds that lies beside the programs.</summary>
    private protected static string Dll(string name) => Path.Combine(AppContext.BaseDirectory, name);

    private protected Task<Run> Mailroom(params string[] arguments) => MailroomProcess.RunAsync(["--state", State, .. arguments]);

    private protected Task<Run> Script(string lines) =>
        MailroomProcess.RunInAsync(lines, null, "--state", State, "--set", "mailroom.remote.port=0");

    /// <summary>A host that stays, and the address at which nodes join it.</summary>
    private protected (MailroomProcess Host, string Address) StartHost(params string[] arguments)
    {
        var host = MailroomProcess.Start(["start", "--no-prompt", "--state", State, "--set", "mailroom.remote.port=0", .. arguments]);
        var ready = host.ErrorLine("is ready");
        return (host, ready.Split("nodes join at ")[1].Split(',')[0]);
    }

    /// <summary>Asks until the answer is as wanted: the same command again and again, as lines of one script.</summary>
    private protected async Task<JsonNode> Until(Func<JsonNode, bool> wanted, params string[] arguments)
    {
        var line = string.Join(' ', [.. arguments, "--json"]);
        // Without a host the script would be one itself.
        var asked = Stopwatch.StartNew();
        while (!File.Exists(Path.Combine(State, "control.sock")) && asked.Elapsed < MailroomProcess.Patience)
            await Task.Delay(Pause);
        while (asked.Elapsed < MailroomProcess.Patience)
        {
            // It ends at the first question that can't be answered: by a host that starts or ends just then.
            await using var script = MailroomProcess.StartScript("--state", State);
            while (await script.AskAsync(line) is { } answer)
            {
                if (JsonNode.Parse(answer) is { } json && wanted(json))
                {
                    await script.FinishAsync();
                    return json;
                }
                if (asked.Elapsed > MailroomProcess.Patience)
                    break;
                await Task.Delay(Pause); // so that asking takes nothing from what is asked about
            }
        }
        throw new TimeoutException($"'{line}' never answered as wanted");
    }
}
