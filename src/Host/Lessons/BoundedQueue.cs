using System.Diagnostics;
using System.Threading.Channels;

namespace Mailroom.Host.Lessons;

/// <summary>A quick producer and a slow consumer, with a queue between them.</summary>
internal sealed class BoundedQueue() : Lesson()
{
    private const int Items = 200;
    private const int Bound = 10;

    // Lines that are each half of what a pipe holds on Linux (64 KiB).
    private const int LineLength = 32 * 1024;
    private const int Lines = 20;

    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(1);

    public override string Name => "bounded-queue";

    public override string Summary => "a slow consumer and a quick producer: without a bound the queue grows, with one the producer waits";

    public override string Moral =>
        "A queue hides that the consumer is too slow until memory is gone. A bound hands the slowness back to the producer. Between "
        + "processes a pipe is such a queue; Mailroom's mailboxes are bounded by credits.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        var free = await LongestAsync(Channel.CreateUnbounded<int>(), cancellation);
        See($"threads, no bound: {free} of {Items} items waited at once", free > Bound * 2);
        var bounded = await LongestAsync(Channel.CreateBounded<int>(Bound), cancellation);
        See($"threads, a bound of {Bound}: at most {bounded} waited", bounded <= Bound);
        var (wrote, child) = await ThroughPipeAsync(cancellation);
        See(
            $"processes, a pipe: {Lines} lines of {LineLength / 1024} KiB took the producer {wrote.TotalMilliseconds:0} ms, because "
                + $"the consumer took {child.TotalMilliseconds:0} ms",
            wrote > child / 2
        );
    }

    /// <summary>How many items waited at once, at the most.</summary>
    private static async Task<int> LongestAsync(Channel<int> queue, CancellationToken cancellation)
    {
        var longest = 0;
        var producing = Task.Factory.StartNew(
            () =>
            {
                for (var item = 0; item < Items; item++)
                    while (!queue.Writer.TryWrite(item))
                        Thread.Yield(); // full: the producer waits
                queue.Writer.Complete();
            },
            cancellation,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        await foreach (var _ in queue.Reader.ReadAllAsync(cancellation))
        {
            longest = Math.Max(longest, queue.Reader.Count);
            await Task.Delay(Slow, cancellation);
        }
        await producing;
        return longest;
    }

    private static async Task<(TimeSpan Wrote, TimeSpan Child)> ThroughPipeAsync(CancellationToken cancellation)
    {
        using var child = LessonChild.Start("consume");
        await child.StandardOutput.ReadLineAsync(cancellation); // it is there
        var begun = Stopwatch.GetTimestamp();
        var line = new string('x', LineLength - 1);
        for (var i = 0; i < Lines; i++)
            await child.StandardInput.WriteLineAsync(line);
        await child.StandardInput.FlushAsync(cancellation);
        var wrote = Stopwatch.GetElapsedTime(begun);
        child.StandardInput.Close();
        await child.WaitForExitAsync(cancellation);
        return (wrote, LessonChild.PerLine * Lines);
    }
}
