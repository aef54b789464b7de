using System.Diagnostics;

namespace Mailroom.Benchmarks;

/// <summary>
/// Big results by processes, beside Python's Pool.imap where that is installed: how many a second, and the memory of the host.
/// </summary>
internal static class ResultsBenchmark
{
    private const int Runs = 3;
    private const double MostMemory = 400;

    private static readonly (string Size, int Bytes, int Count)[] Sizes =
    [
        ("100 B", 100, 200_000),
        ("10 kB", 10_000, 20_000),
        ("1 MB", 1_000_000, 500),
        ("20 MB", 20_000_000, 40),
    ];

    public static async Task RunAsync()
    {
        foreach (var (size, bytes, count) in Sizes)
        {
            var (ours, memory, imap) = (new List<double>(), new List<double>(), new List<double>());
            await using var host = await RunningHost.StartAsync("--nodes", "2", "--kinds", Peers.OddKinds);
            await host.NodesAsync(2);
            for (var run = -1; run < Runs; run++)
            {
                var (seconds, peak) = await OnceAsync(host, bytes, count);
                if (run < 0)
                    continue;
                ours.Add(count / seconds);
                memory.Add(peak);
                if (Peers.HasPython)
                    imap.Add(count / await Peers.ImapAsync(bytes, count));
            }
            if (imap.Count > 0)
                Report.Row($"results of {size}, Python's Pool.imap by 2 processes, results/s", "", imap, "#,0");
            Report.Row($"results of {size} by 2 processes, results/s", imap.Count > 0 ? "≥ Pool.imap" : "", ours, "#,0");
            Report.Row($"the host's memory meanwhile, MB (goal for max)", $"< {MostMemory}", memory, "0");
        }
        if (!Peers.HasPython)
            Console.WriteLine("(python3 is not installed: Pool.imap is left out)");
    }

    /// <returns>seconds, and the most megabytes that the host had meanwhile</returns>
    private static async Task<(double Seconds, double Peak)> OnceAsync(RunningHost host, int bytes, int count)
    {
        using var process = Process.GetProcessById(host.Pid);
        var send = host.SendAsync("blob", $"{bytes}", "--count", $"{count}", "--by", "processes");
        var peak = 0.0;
        while (!send.IsCompleted)
        {
            process.Refresh();
            peak = Math.Max(peak, process.WorkingSet64 / 1e6);
            await Task.WhenAny(send, Task.Delay(20));
        }
        return ((double)(await send)["seconds"]!, peak);
    }
}
