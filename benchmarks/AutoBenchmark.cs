using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Mailroom.Benchmarks;

/// <summary>Holds what <c>--by auto</c> chooses, and what the model reckons, against what <c>compare</c> measures.</summary>
internal static class AutoBenchmark
{
    // As good as the fastest: within a tenth of it.
    private const double AsGood = 1.1;
    private const double WellReckoned = 0.2;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("mailroom-bench").FullName;
        var words = Words(folder);
        using var slow = await NewsroomAsync("1ms", 200);
        using var usual = await NewsroomAsync("100ms", 60);
        using var late = await NewsroomAsync("2s", 6);
        (string What, string[] Job)[] cases =
        [
            ("integrate, few big pieces", ["integrate", "sin(x)", "--from", "0", "--to", "10", "--steps", "400M", "--pieces", "8"]),
            ("integrate, very many tiny pieces", ["integrate", "x", "--from", "0", "--to", "1", "--steps", "10M", "--pieces", "200k"]),
            ("headlines, 1 ms", ["headlines", "storm", "--api", slow.Url]),
            ("headlines, 100 ms", ["headlines", "storm", "--api", usual.Url]),
            ("headlines, 2 s", ["headlines", "storm", "--api", late.Url]),
            ("words, many small files", ["words", words.Many]),
            ("words, one big file", ["words", words.Big]),
            ("command -- sleep 0.1", ["command", "--inputs", words.Lines, "--", "sh", "-c", "sleep 0.1"]),
            ("blocking pieces", ["practice", "--count", "100", "--block", "20ms"]),
            ("much garbage", ["practice", "--count", "100", "--garbage", "500M"]),
            ("one piece in 200 ends its process", ["practice", "--count", "1000", "--work", "2ms", "--crash-every", "200"]),
            (
                "results of 10 MB",
                ["--kinds", Path.Combine(AppContext.BaseDirectory, "OddKinds.dll"), "odd", "fine", "--bytes", "10000000", "--count", "20"]
            ),
            ("half computing, half waiting", ["practice", "--count", "100", "--work", "10ms", "--wait", "10ms"]),
        ];
        await using var host = await RunningHost.StartAsync(
            "--nodes",
            "2",
            "--kinds",
            Path.Combine(AppContext.BaseDirectory, "OddKinds.dll")
        );
        await host.NodesAsync(2);
        var (right, reckoned) = (0, 0);
        foreach (var (what, job) in cases)
        {
            var compared = await RunAsync(null, "compare", job);
            var techniques = compared["techniques"]!
                .AsArray()
                .Where(row => row!["died"] is null)
                .ToDictionary(row => (string)row!["by"]!, row => (double)row!["seconds"]!);
            var fastest = techniques.MinBy(pair => pair.Value);
            var auto = await RunAsync(host.State, "send", job);
            var by = (string)auto["by"]!;
            var isRight = techniques.TryGetValue(by, out var seconds) && seconds <= fastest.Value * AsGood;
            var isReckoned = compared["predictionErrors"]?[fastest.Key] is { } error && Math.Abs((double)error) <= WellReckoned;
            right += isRight ? 1 : 0;
            reckoned += isReckoned ? 1 : 0;
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {what} | {fastest.Key} {fastest.Value:0.###} s | {by} | {(isRight ? "right" : "WRONG")} | "
                        + $"{(double)auto["seconds"]!:0.###} s | "
                        + $"{string.Join(", ", compared["predictionErrors"]?.AsObject().Select(Off) ?? [])} |"
                )
            );
        }
        Report.Row("cases in which auto takes the fastest technique, or one within 10 % of it", $"{cases.Length}", [right], "0");
        Report.Row("cases in which the fastest technique's time is reckoned within 20 %", "≥ 8", [reckoned], "0");
        Directory.Delete(folder, recursive: true);
    }

    private static string Off(KeyValuePair<string, JsonNode?> error) =>
        string.Create(CultureInfo.InvariantCulture, $"{error.Key} {(double)error.Value! * 100:+0;-0;0} %");

    /// <param name="host">the state folder of the host to which the job is sent, or null for a command that brings its own</param>
    private static async Task<JsonNode> RunAsync(string? host, string verb, string[] job)
    {
        var state = host ?? Directory.CreateTempSubdirectory("mailroom-bench").FullName;
        string[] kinds = job[0] == "--kinds" ? job[..2] : [];
        var end = Array.IndexOf(job, "--") is >= 0 and var at ? at : job.Length;
        using var process = Process.Start(
            RunningHost.Command([.. kinds, "--state", state, verb, .. job[kinds.Length..end], "--json", .. job[end..]])
        )!;
        process.StandardInput.Close();
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (host is null)
            Directory.Delete(state, recursive: true);
        return JsonNode.Parse(output)!;
    }

    private static (string Many, string Big, string Lines) Words(string folder)
    {
        var many = Directory.CreateDirectory(Path.Combine(folder, "many")).FullName;
        var random = new Random(1);
        string Text(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => $"word{random.Next(20_000)}"));
        for (var i = 0; i < 1_000; i++)
            File.WriteAllText(Path.Combine(many, $"{i}.txt"), Text(3_000));
        var big = Path.Combine(folder, "big.txt");
        File.WriteAllText(big, Text(8_000_000));
        var lines = Path.Combine(folder, "lines");
        File.WriteAllLines(lines, Enumerable.Range(0, 100).Select(i => $"{i}"));
        return (many, big, lines);
    }

    private static async Task<Room> NewsroomAsync(string delay, int sources)
    {
        var process = Process.Start(
            RunningHost.Command(["newsroom", "--port", "0", "--delay", delay, "--sources", $"{sources}", "--json"])
        )!;
        process.BeginErrorReadLine();
        return new Room(process, (string)JsonNode.Parse((await process.StandardOutput.ReadLineAsync())!)!["url"]!);
    }

    private sealed record Room(Process Process, string Url) : IDisposable
    {
        public void Dispose()
        {
            Process.Kill();
            Process.Dispose();
        }
    }
}
