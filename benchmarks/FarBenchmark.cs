using System.Diagnostics;

namespace Mailroom.Benchmarks;

/// <summary>What a node loses by being far away.</summary>
internal static class FarBenchmark
{
    private const int Runs = 3;

    public static async Task RunAsync()
    {
        var near = await RateAsync(1, 800, "10ms", TimeSpan.Zero, 0);
        var far = await RateAsync(1, 800, "10ms", TimeSpan.FromMilliseconds(50), 0.01);
        Report.Row("pieces of 10 ms a second on a node at 127.0.0.1", "", near, "0.0");
        Report.Row("the same over a round trip of 100 ms of which 1 % gets lost", "", far, "0.0");
        Report.Row("the one in per cent of the other", "at least 80", [100 * Report.Median(far) / Report.Median(near)], "0");
        near = await RateAsync(4, 20_000, "1ms", TimeSpan.Zero, 0);
        far = await RateAsync(4, 20_000, "1ms", TimeSpan.FromMilliseconds(20), 0);
        Report.Row("pieces of 1 ms a second on four nodes at 127.0.0.1", "", near, "0");
        Report.Row("the same with a delay of 20 ms each way", "", far, "0");
        Report.Row("how many times as long they take", "at most 1.1", [Report.Median(near) / Report.Median(far)], "0.00");
    }

    /// <summary>Pieces a second, of pieces that only wait, for no core is a node's alone.</summary>
    private static async Task<List<double>> RateAsync(int nodes, int pieces, string time, TimeSpan oneWay, double loss)
    {
        await using var host = await RunningHost.StartAsync("--nodes", "0");
        using var way = new DelayedWay(host.Address, oneWay, loss);
        var address = oneWay == TimeSpan.Zero ? host.Address : way.Address;
        var far = Enumerable
            .Range(1, nodes)
            .Select(number =>
                Process.Start(
                    new ProcessStartInfo(
                        Path.Combine(AppContext.BaseDirectory, "mailroom-node"),
                        ["--host", address, "--name", $"far-{number}", "--state", host.State]
                    )
                    {
                        RedirectStandardError = true,
                    }
                )!
            )
            .ToList();
        try
        {
            await host.NodesAsync(nodes);
            await host.SendAsync("practice", "--count", "300", "--block", time, "--by", "processes"); // they know how far they are
            var rates = new List<double>();
            for (var run = 0; run < Runs; run++)
            {
                var job = await host.SendAsync("practice", "--count", $"{pieces}", "--block", time, "--by", "processes");
                rates.Add(pieces / (double)job["seconds"]!);
            }
            return rates;
        }
        finally
        {
            foreach (var node in far)
            {
                node.Kill();
                await node.WaitForExitAsync();
                node.Dispose();
            }
        }
    }
}
