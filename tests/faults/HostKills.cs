using System.Globalization;

namespace Mailroom.Faults;

internal static class HostKills
{
    private const int Pieces = 100_000;

    public static async Task<bool> RunAsync(string[] arguments)
    {
        var kills = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100;
        var seed = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : Environment.TickCount;
        var random = new Random(seed);
        Console.WriteLine($"seed {seed}");
        await using var rig = new Rig();
        var (host, _) = await rig.StartHostAsync("--nodes", "1");
        await rig.AskAsync(
            "send",
            "practice",
            "--count",
            $"{Pieces}",
            "--work",
            "1ms",
            "--by",
            "threads",
            "--trace",
            rig.Trace,
            "--no-wait"
        );
        var (accepted, resumed, twice) = (1, new List<double>(), 0);
        for (var kill = 1; kill <= kills; kill++)
        {
            // A small job now and then, which is accepted just before the end.
            if (await rig.AskAsync("send", "practice", "--count", "10", "--by", "threads", "--no-wait") is not null)
                accepted++;
            await Task.Delay(random.Next(700));
            await Rig.KillAsync(host);
            var before = Recorded(await rig.AskAsync("jobs", "show", "1"));
            var begun = System.Diagnostics.Stopwatch.GetTimestamp();
            (host, _) = await rig.StartHostAsync("--nodes", "1");
            await rig.UntilAsync(job => Recorded(job) > before || (string)job["state"]! == "completed", "jobs", "show", "1");
            resumed.Add(System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalSeconds);
            Console.Error.Write($"\r{kill} kills, {before} of {Pieces} pieces recorded ");
        }
        Console.Error.WriteLine();
        var last = await rig.AskAsync("jobs", "wait", "1");
        await rig.UntilAsync(jobs => jobs.AsArray().All(job => (string)job!["state"]! == "completed"), "jobs");
        var completed = (await rig.AskAsync("jobs"))!.AsArray().Count;
        twice = (int)last!["answer"]!["twice"]!;
        resumed.Sort();
        Rig.Figure("kills", kills, "");
        Rig.Figure("resumed after, median", resumed[resumed.Count / 2], "s");
        Rig.Figure("resumed after, most", resumed[^1], "s");
        return Rig.Kept($"no accepted job is lost: {completed} of {accepted}", completed == accepted)
            & Rig.Kept(
                $"no piece is lost: {last["answer"]!["ran"]} of {Pieces} have a result, {rig.Ran()} ran",
                (int)last["answer"]!["ran"]! == Pieces
            )
            & Rig.Kept($"no result is recorded twice: {twice}", twice == 0)
            & Rig.Kept("every restart goes on in under 3 s", resumed[^1] < 3);

        static int Recorded(System.Text.Json.Nodes.JsonNode? job) => (int)job!["pieces"]!["done"]!;
    }
}
