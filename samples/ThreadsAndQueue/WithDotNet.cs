using System.Threading.Channels;

namespace ThreadsAndQueue;

/// <summary>One producer, a bounded queue that all share, and a consumer on each thread.</summary>
internal static class WithDotNet
{
    private const int Bound = 16;

    public static async Task<int> CountAsync(int below, int workers)
    {
        var queue = Channel.CreateBounded<Numbers>(Bound);
        var counting = Enumerable.Range(0, workers).Select(_ => Task.Run(() => ConsumeAsync(queue.Reader))).ToList();
        foreach (var numbers in Numbers.Split(below))
            await queue.Writer.WriteAsync(numbers); // waits while the queue is full
        queue.Writer.Complete(); // a consumer that finds it empty now ends
        return (await Task.WhenAll(counting)).Sum();
    }

    // What it counts is its own; only the queue is shared, and the queue is made for that.
    private static async Task<int> ConsumeAsync(ChannelReader<Numbers> queue)
    {
        var primes = 0;
        await foreach (var numbers in queue.ReadAllAsync())
            primes += numbers.CountPrimes();
        return primes;
    }
}
