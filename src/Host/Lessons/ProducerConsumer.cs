using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mailroom.Host.Lessons;

/// <summary>One producer and two consumers: threads that share a queue, and processes that are sent what they ask for.</summary>
internal sealed class ProducerConsumer() : Lesson()
{
    private const int Items = 1_000;
    private const int Consumers = 2;
    private const int Bound = 10;
    private const int Work = 2_000; // turns of a loop

    public override string Name => "producer-consumer";

    public override string Summary => "the same queue by threads, which share it, and by processes, which ask for the next item";

    public override string Moral =>
        "Threads share a queue that is safe for all of them. Processes share nothing: each asks for the next item and says when it "
        + "is done, so it never holds more than it can do. Mailroom's workers ask their pool in just that way.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        var (taken, all) = await ByThreadsAsync(cancellation);
        See(
            $"threads: {Items} items went through one queue, its consumers took {string.Join(" and ", taken)} (who asks "
                + "more often gets more: nobody deals them out); none was lost, none taken twice",
            IsEachOnce(all)
        );
        (taken, all) = await ByProcessesAsync(cancellation);
        See(
            $"processes: {Items} items went through pipes, the other processes took {string.Join(" and ", taken)}; none was lost, "
                + "none taken twice",
            IsEachOnce(all)
        );
    }

    private static bool IsEachOnce(IEnumerable<int> items) => items.Order().SequenceEqual(Enumerable.Range(0, Items));

    private static async Task<(int[] Taken, IEnumerable<int> All)> ByThreadsAsync(CancellationToken cancellation)
    {
        using var queue = new BlockingCollection<int>(Bound);
        var consumers = Enumerable
            .Range(0, Consumers)
            .Select(_ =>
                Task.Factory.StartNew(
                    () => queue.GetConsumingEnumerable(cancellation).Select(Consume).ToList(),
                    cancellation,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            )
            .ToList();
        for (var item = 0; item < Items; item++)
            queue.Add(item, cancellation); // waits while the queue is full
        queue.CompleteAdding();
        var taken = await Task.WhenAll(consumers);
        return ([.. taken.Select(items => items.Count)], taken.SelectMany(items => items));
    }

    private static int Consume(int item)
    {
        Thread.SpinWait(Work);
        return item;
    }

    private static async Task<(int[] Taken, IEnumerable<int> All)> ByProcessesAsync(CancellationToken cancellation)
    {
        var queue = new ConcurrentQueue<int>(Enumerable.Range(0, Items));
        var consumers = Enumerable.Range(0, Consumers).Select(_ => LessonChild.Start("take")).ToList();
        foreach (var consumer in consumers)
            await consumer.StandardOutput.ReadLineAsync(cancellation); // it is there
        var taken = await Task.WhenAll(consumers.Select(consumer => FeedAsync(consumer, queue, cancellation)));
        consumers.ForEach(consumer => consumer.Dispose());
        return ([.. taken.Select(items => items.Count)], taken.SelectMany(items => items));
    }

    /// <summary>Gives one process items as long as there are any, the next one when it says that it has done the last.</summary>
    private static async Task<List<int>> FeedAsync(Process consumer, ConcurrentQueue<int> queue, CancellationToken cancellation)
    {
        var done = new List<int>();
        while (queue.TryDequeue(out var item))
        {
            await consumer.StandardInput.WriteLineAsync($"{item}");
            await consumer.StandardInput.FlushAsync(cancellation);
            done.Add(
                int.Parse((await consumer.StandardOutput.ReadLineAsync(cancellation))!, System.Globalization.CultureInfo.InvariantCulture)
            );
        }
        consumer.StandardInput.Close();
        await consumer.WaitForExitAsync(cancellation);
        return done;
    }
}
