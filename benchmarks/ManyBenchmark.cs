using System.Diagnostics;
using System.Globalization;

namespace Mailroom.Benchmarks;

/// <summary>
/// Many nodes of one worker each: how fast they join, and how near pieces that only wait come to what so many workers could do.
/// And many pieces: what they take of time and memory.
/// </summary>
internal static class ManyBenchmark
{
    private const int Nodes = 50;
    private const int Waits = 10;
    private const int Runs = 5;

    public static async Task NodesAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        await using var host = new PromptProcess("--nodes", $"{Nodes}");
        await host.NodesAsync(Nodes);
        Report.Row($"{Nodes} nodes, from the command until all are up, s", "≤ 15", [Stopwatch.GetElapsedTime(begun).TotalSeconds], "0.0");
        List<double> rates = [];
        for (var run = -1; run < Runs; run++)
        {
            var job = await host.AskAsync($"send practice --count 30000 --wait {Waits}ms --by processes");
            if (run >= 0)
                rates.Add(30_000 / (double)job["seconds"]!);
        }
        Report.Row($"pieces that wait {Waits} ms by {Nodes} nodes, pieces/s", "≥ 4,500", rates, "#,0");
        var memory = (await host.AskAsync("nodes")).AsArray().Select(node => Share((int)node!["pid"]!)).ToList();
        Report.Row("a node's memory after that, shared pages by their share, MB (goal for max)", "< 60", memory, "0");
    }

    public static async Task PiecesAsync()
    {
        foreach (var by in new[] { "threads", "processes", "async" })
        {
            await using var host = await RunningHost.StartAsync("--nodes", "1");
            await host.NodesAsync(1);
            List<double> peak = [];
            foreach (var count in new[] { 1_000_000, 10_000_000 })
            {
                var send = host.SendAsync("practice", "--count", $"{count}", "--by", by);
                while (!send.IsCompleted)
                {
                    peak.Add(Megabytes(host.Pid));
                    await Task.WhenAny(send, Task.Delay(50));
                }
                Report.Row(
                    $"{count:#,0} empty pieces by {by}, the time / million pieces, s",
                    "",
                    [(double)(await send)["seconds"]! * 1e6 / count],
                    "0.00"
                );
            }
            Report.Row($"the host's memory meanwhile, MB (goal for max)", "< 250", peak, "0");
        }
    }

    // What nodes share, mostly the code, counts by its share in each.
    private static double Share(int pid) =>
        double.Parse(
            File.ReadLines($"/proc/{pid}/smaps_rollup").Single(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split()[^2],
            CultureInfo.InvariantCulture
        ) / 1e3;

    private static double Megabytes(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.WorkingSet64 / 1e6;
    }
}
