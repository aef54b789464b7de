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
            // It waits, in the lock: there is nothing else there to wait for.
            while (!other.ThreadState.HasFlag(System.Threading.ThreadState.WaitSleepJoin))
                Thread.Yield();
            var begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMilliseconds(50))
                Thread.Yield();
        }
        other.Join();

        Assert.True(LockWatch.Contentions > contentions);
        // It hears of it a little later.
        Assert.True(SpinWait.SpinUntil(() => watch.Seconds >= 0.04, TimeSpan.FromMinutes(1)), $"it told of {watch.Seconds} s");
    }
}
