using System.Diagnostics;

namespace Mailroom.Benchmarks;

/// <summary>How long <c>jobs</c> takes at the prompt while all cores compute.</summary>
internal static class LatencyBenchmark
{
    private const int Runs = 50;

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
}
