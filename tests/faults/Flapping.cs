using System.Diagnostics;
using System.Globalization;

namespace Mailroom.Faults;

internal static class Flapping
{
    public static async Task<bool> RunAsync(string[] arguments)
    {
        var minutes = arguments.Length > 0 ? double.Parse(arguments[0], CultureInfo.InvariantCulture) : 10;
        await using var rig = new Rig();
        // Never given up and soon back, so that it flaps all the time; with the settings as they are it is given up after 15 s.
        var (host, _) = await rig.StartHostAsync(
            "--nodes",
            "2",
            "--set",
            "mailroom.nodes.max-restarts=1000000",
            "--set",
            "mailroom.nodes.max-backoff=500ms"
        );
        var (memory, kills, jobs) = (new List<double>(), 0, 0);
        var begun = Stopwatch.GetTimestamp();
        await rig.AskAsync("send", "practice", "--count", "3000", "--work", "1ms", "--by", "processes", "--no-wait");
        while (Stopwatch.GetElapsedTime(begun).TotalMinutes < minutes)
        {
            await Task.Delay(3_000);
            var node = (await rig.AskAsync("nodes"))!.AsArray().First(node => (string)node!["name"]! == "node-1")!;
            if (node["pid"] is { } pid)
            {
                using var process = Process.GetProcessById((int)pid);
                process.Kill();
                kills++;
            }
            var all = (await rig.AskAsync("jobs"))!.AsArray();
            if (all.All(job => (string)job!["state"]! == "completed"))
            {
                jobs++;
                await rig.AskAsync("send", "practice", "--count", "3000", "--work", "1ms", "--by", "processes", "--no-wait");
            }
            host.Refresh();
            memory.Add(host.WorkingSet64 / 1e6);
            Console.Error.Write($"\r{kills} kills, {jobs} jobs, {memory[^1]:0} MB ");
        }
        Console.Error.WriteLine();
        await rig.UntilAsync(list => list.AsArray().All(job => (string)job!["state"]! is "completed" or "failed"), "jobs");
        var failed = (await rig.AskAsync("jobs"))!.AsArray().Count(job => (string)job!["state"]! == "failed");
        var (early, late) = (memory.Skip(memory.Count / 5).Take(memory.Count / 5).Average(), memory.TakeLast(memory.Count / 5).Average());
        Rig.Figure("kills", kills, "");
        Rig.Figure("jobs", jobs + 1, "");
        Rig.Figure("the host's memory, second fifth of the time", early, "MB");
        Rig.Figure("the host's memory, last fifth", late, "MB");
        return Rig.Kept($"every job is completed: {failed} failed", failed == 0)
            & Rig.Kept("the host does not grow by more than 10 %", late < early * 1.1);
    }
}
