using System.Diagnostics;

namespace Mailroom.Inspection;

public class LockWatchSpecs
{
    [Fact]
    public void Watch_should_tell_for_how_long_a_thread_waits_for_a_lock_that_another_holds()
    {
        using var watch = new LockWatch();
        var taken = new object();
        var contentions = LockWatch.Contentions;
        Thread other;
        lock (taken)
        {
            other = new Thread(() =>
            {
                lock (taken)
                    Thread.Yield();
            });
            other.Start();
            while (LockWatch.Contentions == contentions)
                Thread.Yield();
            var begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMilliseconds(50))
                Thread.Yield();
        }
        other.Join();

        // It hears of it a little later.
        Assert.True(SpinWait.SpinUntil(() => watch.Seconds >= 0.05, TimeSpan.FromMinutes(1)), $"it told of {watch.Seconds} s");
    }
}
