using Mailroom.Faults;

// The long forms of the fault matrix: minutes of harm done to real processes. Each prints its figures and ends with 1 when a promise was
// broken.
Dictionary<string, (string Arguments, string What, Func<string[], Task<bool>> RunAsync)> trials = new()
{
    ["host-kills"] = ("[KILLS=100] [SEED]", "kills the host at random moments, with more than 10,000 pieces pending", HostKills.RunAsync),
    ["flapping"] = ("[MINUTES=10]", "kills a node every three seconds and watches the host's memory", Flapping.RunAsync),
    ["busy"] = ("[MINUTES=10]", "gives the nodes four times the work that the cores can do, and waits for one to be lost", Busy.RunAsync),
    ["partition"] = ("[SECONDS=15]", "takes the network between host and node away, in network namespaces (root)", Partition.RunAsync),
    ["clock"] = (
        "",
        "sets the wall clock of host and nodes forth and back by an hour (needs libfaketime: apt-get install faketime)",
        ClockJumps.RunAsync
    ),
};
if (args is [var name, .. var rest] && trials.TryGetValue(name, out var trial))
    return await trial.RunAsync(rest) ? 0 : 1;
Console.Error.WriteLine("usage: dotnet run -c Release --project tests/faults -- TRIAL");
foreach (var (known, (arguments, what, _)) in trials)
    Console.Error.WriteLine($"  {known + " " + arguments, -28} {what}");
return 2;
