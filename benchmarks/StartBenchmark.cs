using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Mailroom.Benchmarks;

/// <summary>From the command to its first piece running, each time in a new process with an empty state folder.</summary>
internal static class StartBenchmark
{
    private const int Runs = 9;

    public static async Task RunAsync()
    {
        foreach (var (by, goal) in new[] { ("threads", "< 1.0"), ("processes", "< 2.0") })
        {
            var seconds = new List<double>();
            for (var run = 0; run < Runs; run++)
                seconds.Add(await OnceAsync(by));
            Report.Row($"command to first piece running by {by}, s", goal, seconds, "0.00");
        }
    }

    // The first piece says in the log when it begins.
    public static async Task<double> OnceAsync(string by, params string[] more)
    {
        var state = Directory.CreateTempSubdirectory("mailroom-bench").FullName;
        var started = DateTimeOffset.UtcNow;
        using (
            var send = Process.Start(
                RunningHost.Command(["send", "practice", "--count", "2", "--say", "--by", by, "--workers", "2", "--state", state, .. more])
            )!
        )
            await send.WaitForExitAsync();
        var first = Directory
            .GetFiles(Path.Combine(state, "logs"))
            .SelectMany(File.ReadLines)
            .Select(line => JsonNode.Parse(line)!)
            .Where(line => (string)line["event"]! == "piece.said")
            .Select(line => DateTimeOffset.Parse((string)line["at"]!, CultureInfo.InvariantCulture))
            .Min();
        Directory.Delete(state, recursive: true);
        return (first - started).TotalSeconds;
    }
}
