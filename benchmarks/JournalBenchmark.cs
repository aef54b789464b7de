namespace Mailroom.Benchmarks;

/// <summary>
/// What the journal costs: the same jobs in a host with its journal on the disk and in one that keeps it in memory, in turn.
/// </summary>
internal static class JournalBenchmark
{
    private const int Warm = 5;
    private const int Runs = 15;

    public static async Task RunAsync()
    {
        await using var kept = new PromptProcess("--nodes", "2", "--set", "mailroom.threads.workers=2");
        await using var ephemeral = new PromptProcess("--ephemeral", "--nodes", "2", "--set", "mailroom.threads.workers=2");
        await kept.NodesAsync(2);
        await ephemeral.NodesAsync(2);
        foreach (var by in new[] { "threads", "processes" })
        {
            await CompareAsync($"100,000 empty pieces by {by}", "≤ 1.25", $"send practice --count 100000 --by {by}");
            await CompareAsync($"2,000 pieces of 1 ms by {by}", "≤ 1.05", $"send practice --count 2000 --work 1ms --by {by}");
        }

        async Task CompareAsync(string what, string goal, string send)
        {
            var (with, without, ratios) = (new List<double>(), new List<double>(), new List<double>());
            for (var run = -Warm; run < Runs; run++)
            {
                var seconds = (double)(await kept.AskAsync(send))["seconds"]!;
                var bare = (double)(await ephemeral.AskAsync(send))["seconds"]!;
                if (run < 0)
                    continue;
                with.Add(seconds);
                without.Add(bare);
                ratios.Add(seconds / bare);
            }
            Report.Row($"{what}, journal on the disk, s", "", with, "0.000");
            Report.Row($"{what}, --ephemeral, s", "", without, "0.000");
            Report.Row($"{what}, disk / --ephemeral, run by run", goal, ratios, "0.00");
        }
    }
}
