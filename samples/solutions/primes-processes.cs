// mailroom lesson check primes-processes samples/solutions/primes-processes.cs
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

if (args is ["worker", var limit])
{
    while (Console.ReadLine() is { } line)
        Console.WriteLine(Count(Number(line), Number(limit)));
    return;
}
var (below, workers) = (Number(args[0]), Number(args[1]));
var queue = new ConcurrentQueue<int>(Enumerable.Range(0, (below + 999) / 1_000).Select(piece => piece * 1_000));
Console.WriteLine((await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => FeedAsync()))).Sum());

async Task<int> FeedAsync()
{
    using var child = Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, ["worker", args[0]]) { RedirectStandardInput = true, RedirectStandardOutput = true }
    )!;
    var primes = 0;
    while (queue.TryDequeue(out var from))
    {
        await child.StandardInput.WriteLineAsync($"{from}");
        primes += Number((await child.StandardOutput.ReadLineAsync())!);
    }
    child.StandardInput.Close();
    await child.WaitForExitAsync();
    return primes;
}

static int Count(int from, int below) => Enumerable.Range(from, Math.Min(1_000, below - from)).Count(IsPrime);

static bool IsPrime(int number) =>
    number > 1 && !Enumerable.Range(2, Math.Max(0, (int)Math.Sqrt(number) - 1)).Any(divisor => number % divisor == 0);

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
