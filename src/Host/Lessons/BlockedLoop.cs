using System.Diagnostics;

namespace Mailroom.Host.Lessons;

/// <summary>An event loop on one thread, with a task that ticks every 10 ms and a guest.</summary>
internal sealed class BlockedLoop() : Lesson()
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Visit = TimeSpan.FromMilliseconds(300);

    public override string Name => "blocked-loop";

    public override string Summary => "one blocking call in async code starves all the rest; a thread of its own is the cure";

    public override string Moral =>
        "await gives the thread back while it waits, a blocking call keeps it. On an event loop all share one thread: whatever "
        + "blocks or computes there belongs on a thread of its own.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        var awaited = await LongestGapAsync(() => Task.Delay(Visit, cancellation));
        See(
            $"a guest who awaits {Visit.TotalMilliseconds} ms: the ticks came at most {awaited.TotalMilliseconds:0} ms apart",
            awaited < Visit
        );
#pragma warning disable xUnit1031, VSTHRD103 // blocking is what this shows
        var blocked = await LongestGapAsync(() =>
        {
            Thread.Sleep(Visit);
            return Task.CompletedTask;
        });
        See($"a guest who blocks for {Visit.TotalMilliseconds} ms: {blocked.TotalMilliseconds:0} ms apart", blocked >= Visit);
        var cured = await LongestGapAsync(() => EventLoop.OnThreadOfItsOwn(() => Thread.Sleep(Visit)));
#pragma warning restore xUnit1031, VSTHRD103
        See($"the same guest on a thread of its own: {cured.TotalMilliseconds:0} ms apart", cured < Visit);
    }

    /// <summary>Runs a guest beside the ticks on one thread, and measures the longest time without a tick.</summary>
    private static async Task<TimeSpan> LongestGapAsync(Func<Task> guest)
    {
        var longest = TimeSpan.Zero;
        await EventLoop.RunAsync(async () =>
        {
            using var done = new CancellationTokenSource();
            var ticks = TickAsync(done.Token);
            await Task.Delay(Tick);
            await guest();
            await Task.Delay(Tick);
            await done.CancelAsync();
            await ticks;
        });
        return longest;

        async Task TickAsync(CancellationToken until)
        {
            var last = Stopwatch.GetTimestamp();
            while (!until.IsCancellationRequested)
            {
                await Task.Delay(Tick, CancellationToken.None);
                var gap = Stopwatch.GetElapsedTime(last);
                (longest, last) = (gap > longest ? gap : longest, Stopwatch.GetTimestamp());
            }
        }
    }
}
