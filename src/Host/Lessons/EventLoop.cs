using System.Collections.Concurrent;

namespace Mailroom.Host.Lessons;

/// <summary>The smallest event loop: what is posted runs on the thread that runs the loop, one after the other.</summary>
internal sealed class EventLoop : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

    public override void Post(SendOrPostCallback d, object? state)
    {
        try
        {
            _posted.Add((d, state));
        }
        catch (InvalidOperationException)
        {
            // The loop is over: what comes too late has nobody to run it.
        }
    }

    /// <summary>Runs async code on a loop with a thread of its own, which has nothing else to do.</summary>
    public static Task RunAsync(Func<Task> main) => OnThreadOfItsOwn(() => Run(main));

    public static Task OnThreadOfItsOwn(Action run) =>
        Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Run(Func<Task> main)
    {
        var (before, loop) = (Current, new EventLoop());
        SetSynchronizationContext(loop);
        var running = main();
        _ = running.ContinueWith(_ => loop._posted.CompleteAdding(), TaskScheduler.Default);
        foreach (var (callback, state) in loop._posted.GetConsumingEnumerable())
            callback(state);
        SetSynchronizationContext(before);
#pragma warning disable xUnit1031, VSTHRD103 // it has ended
        running.GetAwaiter().GetResult();
#pragma warning restore xUnit1031, VSTHRD103
    }
}
