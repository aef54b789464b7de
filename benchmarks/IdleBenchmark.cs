using System.Diagnostics;
using System.Globalization;

namespace Mailroom.Benchmarks;

/// <summary>What a host and its two nodes take of the machine while nobody wants anything of them.</summary>
internal static class IdleBenchmark
{
    private const int Runs = 3;
    private const int Seconds = 20;

    public static async Task RunAsync()
    {
        await using var host = await RunningHost.StartAsync("--nodes", "2");
        await host.NodesAsync(2);
        var pids = (await host.RunAsync("nodes", "--json")).AsArray().Select(node => (int)node!["pid"]!).Prepend(host.Pid).ToList();
        await Task.Delay(20_000); // what it does in its first seconds is compiled once more meanwhile
        var (cpu, switches) = (new List<double>(), new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            var (cpuBefore, switchesBefore) = (Cpu(pids), Switches(pids));
            await Task.Delay(Seconds * 1000);
            cpu.Add((Cpu(pids) - cpuBefore) / Seconds * 100);
            switches.Add((double)(Switches(pids) - switchesBefore) / Seconds);
        }
        Report.Row("idle: host and two nodes, % of a core", "< 1", cpu, "0.0");
        Report.Row("idle: host and two nodes, context switches/s", "< 500", switches, "#,0");
    }

    private static double Cpu(IEnumerable<int> pids) =>
        pids.Sum(pid =>
        {
            using var process = Process.GetProcessById(pid);
            return process.TotalProcessorTime.TotalSeconds;
        });

    private static long Switches(IEnumerable<int> pids) =>
        pids.SelectMany(pid => Directory.GetDirectories($"/proc/{pid}/task"))
            .Sum(task =>
                File.ReadLines(Path.Combine(task, "status"))
                    .Where(line => line.Contains("ctxt_switches", StringComparison.Ordinal))
                    .Sum(line => long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture))
            );
}
