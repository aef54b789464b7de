namespace Mailroom.Benchmarks;

/// <summary>What <c>--by auto</c> costs: the same job with the technique that it chooses, and with the word <c>auto</c>, in turn.</summary>
internal static class ProbeBenchmark
{
    private const int Warm = 2;
    private const int Runs = 7;

    public static async Task RunAsync()
    {
        await using var host = new PromptProcess("--nodes", "2", "--set", "mailroom.threads.workers=2");
        await host.NodesAsync(2);
        foreach (
            var (what, goal, by, count, pieces) in new[]
            {
                ("computes 2 s", "≤ 1.03", "threads", 4_000, "--work 1ms"),
                ("waits 2 s", "≤ 1.03", "async", 5_000, "--wait 100ms"),
                ("computes 0.1 s", "≤ 50 ms", "threads", 200, "--work 1ms"),
                ("waits 0.05 s", "≤ 50 ms", "async", 200, "--wait 50ms"),
            }
        )
        {
            var (ratios, added) = (new List<double>(), new List<double>());
            for (var run = -Warm; run < Runs; run++)
            {
                // Another number of pieces each time, or it would know the job by then.
                var known = (double)(await host.AskAsync($"send practice --count {count + run} {pieces} --by {by}"))["seconds"]!;
                var auto = await host.AskAsync($"send practice --count {count + run} {pieces}");
                if ((string)auto["by"]! != by)
                    throw new InvalidOperationException($"auto took {auto["by"]} for what {what}, not {by}");
                if (run < 0)
                    continue;
                ratios.Add((double)auto["seconds"]! / known);
                added.Add(((double)auto["seconds"]! - known) * 1000);
            }
            if (count > 1_000)
                Report.Row($"a job that {what}: auto / {by}, run by run", goal, ratios, "0.000");
            Report.Row($"a job that {what}: what auto adds to {by}, ms", count > 1_000 ? "" : goal, added, "0.0");
        }
    }
}
