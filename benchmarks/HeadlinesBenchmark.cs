using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mailroom.Benchmarks;

/// <summary><c>headlines</c> of 2,000 sources that answer after 100 ms, by async, warm; beside it the barest client there can be.</summary>
internal static class HeadlinesBenchmark
{
    private const int Runs = 9;
    private const int Sources = 2_000;
    private const double Delay = 0.1;

    public static async Task RunAsync()
    {
        using var newsroom = Process.Start(
            RunningHost.Command(["newsroom", "--port", "0", "--sources", $"{Sources}", "--delay", "100ms", "--json"])
        )!;
        try
        {
            var url = (string)JsonNode.Parse((await newsroom.StandardOutput.ReadLineAsync())!)!["url"]!;
            await using var host = await RunningHost.StartAsync("--nodes", "1", "--set", "mailroom.async.in-flight=1000");
            await host.NodesAsync(1);
            foreach (var (inFlight, goal) in new[] { (100, "≤ 1.10"), (1_000, "≤ 1.5") })
            {
                List<double> ours = [],
                    bare = [],
                    processor = [],
                    bareProcessor = [],
                    threads = [];
                for (var run = -3; run < Runs; run++)
                {
                    var before = Processor(host.Pid);
                    var seconds = (double)
                        (await host.SendAsync("headlines", "storm", "--api", url, "--per-host", $"{inFlight}", "--by", "async"))[
                            "seconds"
                        ]!;
                    var used = Processor(host.Pid) - before;
                    before = Processor(Environment.ProcessId);
                    var plain = await BareAsync(url, inFlight);
                    var bareUsed = Processor(Environment.ProcessId) - before;
                    if (run < 0)
                        continue; // both warm
                    ours.Add(seconds);
                    bare.Add(plain);
                    processor.Add(used);
                    bareProcessor.Add(bareUsed);
                    threads.Add(Directory.GetDirectories($"/proc/{host.Pid}/task").Length);
                }
                // The list of sources comes first and takes one delay; only then can the sources be asked.
                var (waves, whole) = (Sources * Delay / inFlight, (Sources * Delay / inFlight) + Delay);
                Report.Row($"headlines, {inFlight} in flight, whole job, s", "", ours, "0.000");
                Report.Row(
                    $"the same / the {waves:0.0} s that its waves of requests take",
                    goal,
                    [.. ours.Select(seconds => seconds / waves)],
                    "0.00"
                );
                Report.Row(
                    $"the same / {whole:0.0} s, the list of sources counted too",
                    goal,
                    [.. ours.Select(seconds => seconds / whole)],
                    "0.00"
                );
                Report.Row(
                    $"a bare HttpClient loop, {inFlight} in flight / {whole:0.0} s",
                    "",
                    [.. bare.Select(seconds => seconds / whole)],
                    "0.00"
                );
                Report.Row("a bare HttpClient loop, processor, s", "", bareProcessor, "0.000");
                Report.Row(
                    "headlines' processor / its, run by run",
                    "≤ 1.15",
                    [.. processor.Zip(bareProcessor, (mine, its) => mine / its)],
                    "0.00"
                );
                Report.Row($"OS threads of the host, {inFlight} in flight (goal for max)", "≤ 30", threads, "0");
            }
        }
        finally
        {
            newsroom.Kill();
        }
    }

    private static double Processor(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>Gets the same addresses and reads the bodies: no retries, no limits, no JSON, no actors.</summary>
    private static async Task<double> BareAsync(string url, int inFlight)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = inFlight });
        var started = Stopwatch.GetTimestamp();
        await client.GetByteArrayAsync(url + "/sources");
        await Task.WhenAll(
            Enumerable.Range(1, Sources).Select(i => client.GetByteArrayAsync($"{url}/articles?source=source-{i}&sortBy=top"))
        );
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
