// A console that answers while it computes, twice: with a task, and with an actor.
//
//   dotnet run --project samples/ResponsiveConsole [dotnet|actors]
//   > status
//   > stop
using ResponsiveConsole;

const int Below = 1_000_000_000;

using ICounter counter = args is ["actors"] ? new WithActors(Below) : new WithDotNet(Below);
Console.WriteLine($"counting primes below {Below} {counter.How}; status, stop or quit");
while (Console.ReadLine() is { } line and not "quit")
    Console.WriteLine(
        line switch
        {
            "status" => await counter.StatusAsync(),
            "stop" => await counter.StopAsync(),
            _ => $"'{line}' is none of status, stop and quit",
        }
    );
