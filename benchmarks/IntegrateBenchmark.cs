using System.Diagnostics;
using System.Text.Json.Nodes;
using Mailroom.BuiltIn;
using Mailroom.Kinds;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Benchmarks;

/// <summary>
/// 2G steps of x^2 on 2 workers: Mailroom by threads and by processes against Parallel.For over the same compiled loop and pieces, in turn.
/// </summary>
internal static class IntegrateBenchmark
{
    private const int Runs = 7;
    private const int Workers = 2;
    private const string Job = "send integrate x^2 --from 0 --to 10 --steps 2G";

    public static async Task RunAsync()
    {
        var work = ((IKind)new Integrate()).Bind(
            new JsonObject
            {
                ["expression"] = "x^2",
                ["from"] = "0",
                ["to"] = "10",
                ["steps"] = "2G",
            },
            "/"
        );
        var pieces = (await work.SplitAsync(new SplitHint(Workers, null), CancellationToken.None)).Pieces.ToList();
        await using var host = new PromptProcess("--nodes", $"{Workers}", "--set", $"mailroom.threads.workers={Workers}");
        await host.NodesAsync(Workers);
        List<double> parallel = [],
            threads = [],
            processes = [];
        for (var run = -1; run < Runs; run++)
        {
            var (p, t, n) = (ByParallelFor(work, pieces), await SecondsAsync(host, "threads"), await SecondsAsync(host, "processes"));
            if (run < 0)
                continue; // all three warm
            parallel.Add(p);
            threads.Add(t);
            processes.Add(n);
        }
        Report.Row("integrate 2G steps, Parallel.For, s", "", parallel, "0.000");
        Report.Row("integrate 2G steps, threads, s", "1.05 x Parallel.For", threads, "0.000");
        Report.Row("integrate 2G steps, processes, s", "1.10 x Parallel.For", processes, "0.000");
        Report.Row("threads / Parallel.For, run by run", "≤ 1.05", [.. threads.Zip(parallel, (a, b) => a / b)], "0.000");
        Report.Row("processes / Parallel.For, run by run", "≤ 1.10", [.. processes.Zip(parallel, (a, b) => a / b)], "0.000");
    }

    private static double ByParallelFor(IWork work, List<object> pieces)
    {
        var started = Stopwatch.GetTimestamp();
        var results = new object[pieces.Count];
        Parallel.For(
            0,
            pieces.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Workers },
            i =>
                results[i] = work.RunAsync(pieces[i], new PieceContext(1, i, 1, true, NullLogger.Instance, CancellationToken.None))
                    .AsTask()
                    .Result
        );
        var fold = work.Fold();
        foreach (var result in results)
            fold.Add(result);
        fold.Finish();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> SecondsAsync(PromptProcess host, string by) =>
        (double)(await host.AskAsync($"{Job} --by {by}"))["seconds"]!;
}
