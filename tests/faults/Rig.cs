using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Mailroom.Faults;

/// <summary>A state folder of its own, the real programs on it, and nothing left behind.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-faults").FullName;
    private readonly List<Process> _processes = [];

    public string State => Path.Combine(_folder, "state");

    public string Trace => Path.Combine(_folder, "trace");

    public string File(string name) => Path.Combine(_folder, name);

    /// <summary>Environment variables of every program that is started from now on.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public static string Program(string name) => Path.Combine(AppContext.BaseDirectory, name);

    /// <summary>Starts a host and waits for its ready line, which it gives back.</summary>
    /// <param name="before">words before the program's own, such as <c>ip netns exec NAME</c></param>
    public async Task<(Process Host, string Ready)> StartHostAsync(string[] before, params string[] arguments)
    {
        var (process, lines) = Start([.. before, Program("mailroom"), "start", "--no-prompt", "--state", State, .. arguments]);
        return (process, await lines("is ready"));
    }

    public Task<(Process Host, string Ready)> StartHostAsync(params string[] arguments) =>
        StartHostAsync([], ["--set", "mailroom.remote.port=0", .. arguments]);

    /// <summary>Starts a program; the second part waits for a line of its stderr.</summary>
    public (Process Process, Func<string, Task<string>> LineAsync) Start(string[] words)
    {
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        _processes.Add(process);
        var said = System.Threading.Channels.Channel.CreateUnbounded<string>();
        process.ErrorDataReceived += (_, line) => _ = line.Data is null ? said.Writer.TryComplete() : said.Writer.TryWrite(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return (
            process,
            async text =>
            {
                await foreach (var line in said.Reader.ReadAllAsync())
                    if (line.Contains(text, StringComparison.Ordinal))
                        return line;
                throw new InvalidOperationException($"{words[0]} ended without '{text}'");
            }
        );
    }

    /// <summary>Runs a command of mailroom and reads its JSON; null when it ended with an error.</summary>
    public async Task<JsonNode?> AskAsync(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Program("mailroom"), [.. arguments, "--json", "--state", State])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Length == 0 ? null : JsonNode.Parse(output);
    }

    /// <summary>Asks until the answer is as wanted, and says how long that took.</summary>
    public async Task<(JsonNode Answer, double Seconds)> UntilAsync(Func<JsonNode, bool> wanted, params string[] arguments)
    {
        for (var begun = Stopwatch.GetTimestamp(); ; await Task.Delay(20))
        {
            if (await AskAsync(arguments) is { } answer && wanted(answer))
                return (answer, Stopwatch.GetElapsedTime(begun).TotalSeconds);
            if (Stopwatch.GetElapsedTime(begun) > TimeSpan.FromMinutes(5))
                throw new TimeoutException($"'{string.Join(' ', arguments)}' never answered as wanted");
        }
    }

    /// <summary>Lines of the logs with this event.</summary>
    public async Task<int> CountAsync(string name)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Program("mailroom"), ["logs", "-n", "1000000", "--search", name, "--json", "--state", State])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var count = 0;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            count += line.Contains($"\"event\":\"{name}\"", StringComparison.Ordinal) ? 1 : 0;
        return count;
    }

    /// <summary>From the earliest to the latest line of the logs, by the clocks of those who wrote them.</summary>
    public TimeSpan LogSpan()
    {
        var times = Directory
            .GetFiles(Path.Combine(State, "logs"))
            .SelectMany(System.IO.File.ReadLines)
            .Select(line => DateTimeOffset.Parse((string)JsonNode.Parse(line)!["at"]!, CultureInfo.InvariantCulture))
            .ToList();
        return times.Max() - times.Min();
    }

    /// <summary>Pieces that were begun, by their own trace.</summary>
    public int Ran() =>
        Directory
            .GetFiles(Trace)
            .SelectMany(System.IO.File.ReadLines)
            .Select(line => line.Split(' '))
            .Select(words => (words[0], words[1]))
            .Distinct()
            .Count();

    public static async Task KillAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public static int Run(params string[] words)
    {
        using var process = Process.Start(words[0], words[1..]);
        process.WaitForExit();
        return process.ExitCode;
    }

    public static void Figure(string what, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what, -44} {value:0.###} {unit}"));

    /// <summary>Prints whether a promise was kept.</summary>
    public static bool Kept(string promise, bool kept)
    {
        Console.WriteLine($"{(kept ? "kept" : "BROKEN"), -8} {promise}");
        return kept;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
                await KillAsync(process);
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }
}
