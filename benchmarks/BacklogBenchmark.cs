using System.Diagnostics;

namespace Mailroom.Benchmarks;

/// <summary>
/// Memory of the host with 1,000,000 pieces pending, looked at while they run, and its restart after kill -9 with nearly all of them
/// pending.
/// </summary>
internal static class BacklogBenchmark
{
    private const int Restarts = 5;

    public static async Task RestartAsync()
    {
        var (ready, peak) = (new List<double>(), new List<double>());
        for (var run = 0; run < Restarts; run++)
        {
            var first = await RunningHost.StartAsync("--nodes", "1");
            await first.SendAsync("practice", "--count", "1000000", "--work", "10us", "--workers", "1", "--by", "threads", "--no-wait");
            while (await DoneAsync(first) == 0) { }
            await first.KillAsync();
            var begun = Stopwatch.GetTimestamp();
            await using var second = await RunningHost.StartOnAsync(first.State, "--nodes", "1");
            var recorded = await DoneAsync(second);
            while (await DoneAsync(second) == recorded) { }
            ready.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
            await second.RunAsync("jobs", "wait", "1", "--json");
            using var process = Process.GetProcessById(second.Pid);
            peak.Add(process.PeakWorkingSet64 / 1e6);
        }
        Report.Row("kill -9 with 1,000,000 pieces pending, until the next host goes on with them, s", "< 10", ready, "0.00");
        Report.Row("the next host's peak memory, to the end of the job, MB (goal for max)", "< 300", peak, "0");
    }

    private static async Task<int> DoneAsync(RunningHost host) =>
        (int)(await host.RunAsync("jobs", "show", "1", "--json"))["pieces"]!["done"]!;

    public static async Task RunAsync()
    {
        foreach (var by in new[] { "threads", "processes" })
        {
            await using var host = await RunningHost.StartAsync("--nodes", "1");
            await host.NodesAsync(1);
            var peak = new List<double>();
            var send = host.SendAsync("practice", "--count", "1000000", "--work", "10us", "--workers", "1", "--by", by);
            using var process = Process.GetProcessById(host.Pid);
            while (!send.IsCompleted)
            {
                process.Refresh();
                peak.Add(process.WorkingSet64 / 1e6);
                await Task.WhenAny(send, Task.Delay(50));
            }
            Report.Row($"host's memory, 1,000,000 pieces pending by {by}, MB (goal for max)", "< 300", peak, "0");
        }
    }
}
