namespace Mailroom.Benchmarks;

/// <summary><c>command -- true</c> on 2,000 inputs, 2 at a time, against xargs and GNU parallel, in turn.</summary>
internal static class CommandBenchmark
{
    private const int Runs = 7;
    private const int Inputs = 2_000;

    public static async Task RunAsync()
    {
        var inputs = Path.GetTempFileName();
        await File.WriteAllLinesAsync(inputs, Enumerable.Range(1, Inputs).Select(i => $"{i}"));
        await using var host = new PromptProcess("--nodes", "2", "--set", "mailroom.threads.workers=2");
        await host.NodesAsync(2);
        List<double> threads = [],
            async = [],
            processes = [],
            xargs = [],
            parallel = [];
        for (var run = -2; run < Runs; run++)
        {
            Dictionary<string, double> seconds = new()
            {
                ["threads"] = 0,
                ["async"] = 0,
                ["processes"] = 0,
            };
            foreach (var by in seconds.Keys)
                seconds[by] = (double)(await host.AskAsync($"send command --by {by} --inputs {inputs} --json -- true"))["seconds"]!;
            var x = await Plain.SecondsAsync($"xargs -n 1 -P 2 true < {inputs}");
            var p =
                run is -2 or Runs - 1 && File.Exists("/usr/bin/parallel") ? await Plain.SecondsAsync($"parallel -j2 true < {inputs}") : 0;
            if (p > 0)
                parallel.Add(Inputs / p);
            if (run < 0)
                continue; // all warm
            threads.Add(Inputs / seconds["threads"]);
            async.Add(Inputs / seconds["async"]);
            processes.Add(Inputs / seconds["processes"]);
            xargs.Add(Inputs / x);
        }
        File.Delete(inputs);
        if (parallel.Count > 0)
            Report.Row("`true` 2,000 times by GNU parallel -j2, runs/s", "", parallel, "0");
        Report.Row("`true` 2,000 times by xargs -n 1 -P 2, runs/s", "", xargs, "0");
        Report.Row("command -- true by threads, runs/s", "3 x parallel", threads, "0");
        Report.Row("command -- true by async, runs/s", "", async, "0");
        Report.Row("command -- true by processes, runs/s", "", processes, "0");
        Report.Row("xargs' speed / command's by threads, run by run", "≤ 1.3", [.. xargs.Zip(threads, (a, b) => a / b)], "0.00");
    }
}
