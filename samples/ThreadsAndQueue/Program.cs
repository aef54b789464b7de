// Threads that take work from a queue, twice: with a Channel of .NET, and with Akka.NET actors, whose mailboxes are the queues.
//
//   dotnet run --project samples/ThreadsAndQueue
using System.Diagnostics;
using ThreadsAndQueue;

const int Below = 2_000_000;

var workers = Environment.ProcessorCount;
await ShowAsync("threads and a Channel", () => WithDotNet.CountAsync(Below, workers));
await ShowAsync("actors and mailboxes", () => WithActors.CountAsync(Below, workers));

async Task ShowAsync(string how, Func<Task<int>> count)
{
    var begun = Stopwatch.GetTimestamp();
    var primes = await count();
    Console.WriteLine(
        $"{how}: {primes} primes below {Below} by {workers} workers in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.00} s"
    );
}
