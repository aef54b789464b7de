namespace Mailroom.Inspection;

/// <summary>
/// Keeps .NET's thread pool of this process moving, whatever pieces do with it: requests, timers and handshakes run there.
/// .NET itself adds a thread or two a second when all of them are held; here as many are added as it takes.
/// </summary>
public static class PoolWatch
{
    private const int Most = 8_192;
    private const int AtLeast = 8;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Held = TimeSpan.FromMilliseconds(200);

    private static int started;

    public static void Start()
    {
        if (Interlocked.Exchange(ref started, 1) == 0)
            new Thread(Look)
            {
                IsBackground = true,
                Name = "pool watch",
                Priority = ThreadPriority.AboveNormal,
            }.Start();
    }

    private static void Look()
    {
        ThreadPool.GetMinThreads(out var usual, out var ports);
        for (; ; )
        {
            using var ran = new ManualResetEventSlim();
            ThreadPool.UnsafeQueueUserWorkItem(static bell => bell.Set(), ran, preferLocal: false);
            while (!ran.Wait(Held))
            {
                var threads = ThreadPool.ThreadCount;
                ThreadPool.SetMinThreads(Math.Min(Most, threads + Math.Max(AtLeast, threads / 2)), ports);
            }
            ThreadPool.GetMinThreads(out var now, out _);
            if (now != usual && ThreadPool.PendingWorkItemCount == 0)
                ThreadPool.SetMinThreads(usual, ports);
            Thread.CurrentThread.Join(LookEvery);
        }
    }
}
