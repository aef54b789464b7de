using System.Diagnostics;

namespace Mailroom.Benchmarks;

/// <summary>How long <c>jobs</c> takes at the prompt while all cores compute.</summary>
internal static class LatencyBenchmark
{
    private const int Runs = 50;

    private static readonly string[] Techniques = ["threads", "processes", "async"];

    public static async Task RunAsync()
    {
        foreach (var by in new[] { "threads", "processes" })
        {
            await using var prompt = new PromptProcess();
            await prompt.AskAsync($"send practice --count 1000000 --work 20ms --by {by} --no-wait");
            await Task.Delay(3000); // all workers are at it
            var milliseconds = new List<double>();
            for (var run = -3; run < Runs; run++)
            {
                var started = Stopwatch.GetTimestamp();
                await prompt.AskAsync("jobs");
                if (run >= 0)
                    milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                await Task.Delay(20);
            }
            Report.Row($"`jobs` at the prompt, cores saturated by {by}, ms", "< 100", milliseconds, "0.0");
            await prompt.AskAsync("jobs cancel 1");
        }
    }

    /// <summary>How long a job of one piece takes while a long one runs by the same technique.</summary>
    public static async Task BehindAsync()
    {
        foreach (var (by, what, work) in Long)
        {
            await using var prompt = new PromptProcess("--nodes", "2", "--set", "mailroom.threads.workers=2");
            await prompt.NodesAsync(2);
            for (var warm = 0; warm < 3; warm++)
                await prompt.AskAsync($"send practice --count 1000000 --by {by}");
            var job = (int)(await prompt.AskAsync($"send practice {work} --by {by} --no-wait"))["job"]!;
            var milliseconds = new List<double>();
            for (var run = -3; run < Runs; run++)
            {
                var seconds = (double)(await prompt.AskAsync($"send practice --count 1 --by {by}"))["seconds"]!;
                if (run >= 0)
                    milliseconds.Add(seconds * 1000);
                await Task.Delay(20);
            }
            await prompt.AskAsync($"jobs cancel {job}");
            Report.Row($"one piece by {by} behind {what}, ms (goal for p99)", "< 30", milliseconds, "0.0");
        }
    }

    private static IEnumerable<(string By, string What, string Work)> Long
    {
        get
        {
            foreach (var technique in Techniques)
            {
                yield return (technique, "empty pieces", "--count 100000000");
                yield return (technique, "pieces of 1 ms of computing", "--count 1000000 --work 1ms");
            }
        }
    }
}
