namespace Mailroom.Faults;

internal static class ClockJumps
{
    private const int Pieces = 20_000;
    private static readonly string[] Libraries =
    [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ];

    public static async Task<bool> RunAsync(string[] arguments)
    {
        if (Libraries.FirstOrDefault(File.Exists) is not { } library)
        {
            await Console.Error.WriteLineAsync("libfaketime is not here; apt-get install faketime brings it");
            return false;
        }
        await using var rig = new Rig();
        var clock = rig.File("clock");
        await SetAsync("+0");
        rig.Environment["LD_PRELOAD"] = library;
        rig.Environment["FAKETIME_TIMESTAMP_FILE"] = clock;
        rig.Environment["FAKETIME_NO_CACHE"] = "1";
        rig.Environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"; // a clock that is set changes no other
        await rig.StartHostAsync("--nodes", "2");
        await rig.AskAsync(
            "send",
            "practice",
            "--count",
            $"{Pieces}",
            "--work",
            "1ms",
            "--by",
            "processes",
            "--trace",
            rig.Trace,
            "--no-wait"
        );
        await rig.UntilAsync(job => (int)job["pieces"]!["done"]! > Pieces / 20, "jobs", "show", "1");
        foreach (var jump in new[] { "+3600", "-3600", "+0" })
        {
            await SetAsync(jump);
            await Task.Delay(2_000);
        }
        var job = await rig.AskAsync("jobs", "wait", "1");
        var (lost, ended) = (await rig.CountAsync("node.lost"), await rig.CountAsync("node.ended"));
        Rig.Figure("jumps of an hour or two", 3, "");
        return Rig.Kept("the clock of the programs really jumped, by their logs", rig.LogSpan() > TimeSpan.FromMinutes(59))
            & Rig.Kept($"no false death: {lost + ended}", lost + ended == 0)
            & Rig.Kept($"no piece is lost: {job!["answer"]!["ran"]} of {Pieces}", (int)job["answer"]!["ran"]! == Pieces)
            & Rig.Kept($"no result is recorded twice: {job["answer"]!["twice"]}", (int)job["answer"]!["twice"]! == 0);

        Task SetAsync(string offset) => File.WriteAllTextAsync(clock, offset);
    }
}
