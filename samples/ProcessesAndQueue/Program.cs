// Processes that are given work from a queue, twice: through pipes, and as actors of Akka.Remote. The first process dies on purpose at its
// first piece; whoever supervises it gives the piece to another, so that nothing is lost.
//
//   dotnet run --project samples/ProcessesAndQueue
using System.Diagnostics;
using ProcessesAndQueue;

const int Below = 2_000_000;

switch (args)
{
    case ["pipe-worker", var mortal]:
        WithDotNet.Work(mortal == "mortal");
        return;
    case ["remote-worker", var mortal, var foreman]:
        await WithActors.WorkAsync(mortal == "mortal", foreman);
        return;
}
var processes = Environment.ProcessorCount;
await ShowAsync("processes and pipes", () => WithDotNet.CountAsync(Below, processes));
await ShowAsync("processes and Akka.Remote", () => WithActors.CountAsync(Below, processes));

async Task ShowAsync(string how, Func<Task<int>> count)
{
    var begun = Stopwatch.GetTimestamp();
    var primes = await count();
    Console.WriteLine(
        $"{how}: {primes} primes below {Below} by {processes} processes in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.00} s"
    );
}
