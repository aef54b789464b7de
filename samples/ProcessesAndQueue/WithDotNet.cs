using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace ProcessesAndQueue;

/// <summary>A queue, and for each process a task that feeds it through its pipe: the next piece when the last is answered.</summary>
internal static class WithDotNet
{
    public static async Task<int> CountAsync(int below, int processes)
    {
        var queue = new ConcurrentQueue<Numbers>(Numbers.Split(below));
        var counting = Enumerable.Range(0, processes).Select(number => SuperviseAsync(queue, isMortal: number == 0));
        return (await Task.WhenAll(counting)).Sum();
    }

    private static async Task<int> SuperviseAsync(ConcurrentQueue<Numbers> queue, bool isMortal)
    {
        var primes = 0;
        for (; !queue.IsEmpty; isMortal = false)
            primes += await FeedAsync(queue, isMortal);
        return primes;
    }

    /// <returns>what one process counted until the queue was empty, or until it died</returns>
    private static async Task<int> FeedAsync(ConcurrentQueue<Numbers> queue, bool isMortal)
    {
        using var child = Child.Start("pipe-worker", isMortal ? "mortal" : "immortal");
        var primes = 0;
        while (queue.TryDequeue(out var numbers))
        {
            if (await AskAsync(child, $"{numbers.From} {numbers.Below}") is { } answer)
                primes += int.Parse(answer, CultureInfo.InvariantCulture);
            else
            {
                queue.Enqueue(numbers); // the pipe has ended, and so has the process: its piece is for another
                Console.WriteLine($"process {child.Id} has died at {numbers.From}; another takes its place");
                break;
            }
        }
        child.StandardInput.Close(); // the end of its input is the end of the process
        await child.WaitForExitAsync();
        return primes;
    }

    /// <returns>null when the process has ended</returns>
    private static async Task<string?> AskAsync(Process child, string line)
    {
        try
        {
            await child.StandardInput.WriteLineAsync(line);
            await child.StandardInput.FlushAsync();
            return await child.StandardOutput.ReadLineAsync();
        }
        catch (IOException)
        {
            return null; // it ended before it had read
        }
    }

    /// <summary>The other side of the pipe.</summary>
    public static void Work(bool isMortal)
    {
        while (Console.ReadLine()?.Split(' ') is [var from, var below])
        {
            if (isMortal)
                Child.Die();
            var numbers = new Numbers(int.Parse(from, CultureInfo.InvariantCulture), int.Parse(below, CultureInfo.InvariantCulture));
            Console.WriteLine(numbers.CountPrimes());
        }
    }
}
