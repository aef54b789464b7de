namespace Mailroom.Benchmarks;

/// <summary>1,000,000 pieces that do nothing: what the machinery itself costs.</summary>
internal static class EmptyBenchmark
{
    private const int First = 100_000;
    private const int Pieces = 1_000_000;
    private const int Warm = 5;
    private const int Runs = 9;

    public static async Task RunAsync()
    {
        await using var host = new PromptProcess("--nodes", "2", "--set", "mailroom.threads.workers=2");
        await host.NodesAsync(2);
        foreach (var (by, goal) in new[] { ("threads", "≥ 6,000,000"), ("processes", "≥ 3,000,000"), ("async", "≥ 6,000,000") })
        {
            var rates = new List<double>();
            for (var run = -Warm; run < Runs; run++)
            {
                var pieces = run == -Warm ? First : Pieces;
                var seconds = (double)(await host.AskAsync($"send practice --count {pieces} --by {by}"))["seconds"]!;
                if (run >= 0)
                    rates.Add(pieces / seconds);
                else if (run == -Warm)
                    Report.Row(
                        $"100,000 empty pieces by {by}, the first job of a host, pieces/s",
                        by == "processes" ? "≥ 600,000" : "",
                        [pieces / seconds],
                        "#,0"
                    );
            }
            Report.Row($"1,000,000 empty pieces by {by}, warm, pieces/s", goal, rates, "#,0");
        }
    }
}
