using System.Globalization;

namespace Mailroom.Faults;

internal static class Busy
{
    private const double PieceSeconds = 0.2;

    /// <summary>Nodes that leave no processor to anybody must still be heard (akka.net#2859).</summary>
    public static async Task<bool> RunAsync(string[] arguments)
    {
        var minutes = arguments.Length > 0 ? double.Parse(arguments[0], CultureInfo.InvariantCulture) : 10;
        var cores = Environment.ProcessorCount;
        var pieces = (int)(minutes * 60 * 4 * cores / PieceSeconds); // by the clock, however little of the processor each of them gets
        await using var rig = new Rig();
        // Twice as many as there are cores, each with two workers: every core has four threads that want it all the time.
        await rig.StartHostAsync("--nodes", $"{2 * cores}", "--set", "mailroom.nodes.workers=2");
        await rig.AskAsync([
            "send",
            "practice",
            "--count",
            $"{pieces}",
            "--work",
            "200ms",
            "--by",
            "processes",
            "--trace",
            rig.Trace,
            "--no-wait",
        ]);
        var job = (await rig.AskAsync("jobs", "wait", "1"))!;
        var (suspect, lost) = (await rig.CountAsync("node.suspect"), await rig.CountAsync("node.lost"));
        Rig.Figure("pieces of 200 ms", pieces, "");
        Rig.Figure("time", (double)job["seconds"]!, "s");
        Rig.Figure("pieces that were begun, by their own trace", rig.Ran(), "");
        return Rig.Kept("every piece has run and none twice", (string)job["state"]! == "completed" && rig.Ran() == pieces)
            & Rig.Kept($"no node was lost or doubted: {lost} and {suspect}", lost + suspect == 0);
    }
}
