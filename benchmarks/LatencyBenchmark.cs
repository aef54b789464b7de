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
            var state = Directory.CreateTempSubdirectory("mailroom-bench").FullName;
            using var prompt = Process.Start(RunningHost.Command(["--state", state, "--set", "mailroom.remote.port=0"]))!;
            prompt.BeginErrorReadLine();
            await prompt.StandardInput.WriteLineAsync($"send practice --count 1000000 --work 20ms --by {by} --no-wait --json");
            await prompt.StandardOutput.ReadLineAsync();
            await Task.Delay(3000); // all workers are at it, and the first commands are warm
            var milliseconds = new List<double>();
            for (var run = -3; run < Runs; run++)
            {
                var started = Stopwatch.GetTimestamp();
                await prompt.StandardInput.WriteLineAsync("jobs --json");
                await prompt.StandardOutput.ReadLineAsync();
                if (run >= 0)
                    milliseconds.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                await Task.Delay(20);
            }
            Report.Row($"`jobs` at the prompt, cores saturated by {by}, ms", "< 100", milliseconds, "0.0");
            await prompt.StandardInput.WriteLineAsync("jobs cancel 1\nexit");
            await prompt.WaitForExitAsync();
            Directory.Delete(state, recursive: true);
        }
    }
}
