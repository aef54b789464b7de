namespace Mailroom.Benchmarks;

/// <summary>100,000 pieces that do nothing: what the machinery itself costs.</summary>
internal static class EmptyBenchmark
{
    private const int Pieces = 100_000;
    private const int Warm = 5;
    private const int Runs = 9;

    public static async Task RunAsync()
    {
        await using var host = new PromptProcess("--nodes", "2", "--set", "mailroom.threads.workers=2");
        await host.NodesAsync(2);
        foreach (var (by, goal) in new[] { ("threads", "≥ 1,000,000"), ("processes", "≥ 400,000"), ("async", "") })
        {
            var rates = new List<double>();
            for (var run = -Warm; run < Runs; run++)
            {
                var seconds = (double)(await host.AskAsync($"send practice --count {Pieces} --by {by}"))["seconds"]!;
                if (run >= 0)
                    rates.Add(Pieces / seconds);
                else if (run == -Warm)
                    Report.Row($"100,000 empty pieces by {by}, the first job of a host, pieces/s", "", [Pieces / seconds], "#,0");
            }
            Report.Row($"100,000 empty pieces by {by}, warm, pieces/s", goal, rates, "#,0");
        }
    }
}
