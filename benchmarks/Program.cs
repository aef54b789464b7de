using Mailroom.Benchmarks;

// Each benchmark prints one table row per figure: what, goal, median, minimum, maximum.
Dictionary<string, Func<Task>> benchmarks = new()
{
    ["integrate"] = IntegrateBenchmark.RunAsync,
    ["empty"] = EmptyBenchmark.RunAsync,
    ["start"] = StartBenchmark.RunAsync,
    ["latency"] = LatencyBenchmark.RunAsync,
    ["behind"] = LatencyBenchmark.BehindAsync,
    ["idle"] = IdleBenchmark.RunAsync,
    ["headlines"] = HeadlinesBenchmark.RunAsync,
    ["files"] = FilesBenchmark.RunAsync,
    ["words-memory"] = FilesBenchmark.MemoryAsync,
    ["command"] = CommandBenchmark.RunAsync,
    ["backlog"] = BacklogBenchmark.RunAsync,
    ["pieces"] = ManyBenchmark.PiecesAsync,
    ["nodes"] = ManyBenchmark.NodesAsync,
    ["auto"] = AutoBenchmark.RunAsync,
    ["probe"] = ProbeBenchmark.RunAsync,
    ["restart"] = BacklogBenchmark.RestartAsync,
    ["journal"] = JournalBenchmark.RunAsync,
    ["door"] = DoorBenchmark.RunAsync,
    ["far"] = FarBenchmark.RunAsync,
    ["members"] = MembersBenchmark.RunAsync,
    ["results"] = ResultsBenchmark.RunAsync,
    ["peers"] = Peers.RunAsync,
};
var chosen = args.Length == 0 ? [.. benchmarks.Keys] : args;
if (chosen.FirstOrDefault(name => !benchmarks.ContainsKey(name)) is { } unknown)
{
    Console.Error.WriteLine($"there is no benchmark '{unknown}'; there are {string.Join(", ", benchmarks.Keys)}");
    return 2;
}
Console.WriteLine(
    $"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, "
        + (File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").First(IsModel).Split(':')[1].Trim() : "")
);
Console.WriteLine();
Console.WriteLine("| what | goal | median | min | max | runs |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach (var name in chosen)
    await benchmarks[name]();
return 0;

static bool IsModel(string line) => line.StartsWith("model name", StringComparison.Ordinal);
