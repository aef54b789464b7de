using System.Diagnostics;

namespace Mailroom.Benchmarks;

/// <summary>Memory of the host with 1,000,000 pieces pending, looked at while they run.</summary>
internal static class BacklogBenchmark
{
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
