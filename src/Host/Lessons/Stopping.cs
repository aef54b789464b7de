using System.Diagnostics;

namespace Mailroom.Host.Lessons;

/// <summary>Three loops that are to be stopped: one that looks at its token, one that does not, and one in a process.</summary>
internal sealed class Stopping() : Lesson()
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    private volatile bool _letGo;

    public override string Name => "cancellation";

    public override string Summary => "a loop that looks at its token stops, one that does not can't be stopped, a process can";

    public override string Moral =>
        "Cancelling is asking. Code that doesn't look at its CancellationToken goes on, and .NET has no way to end its thread; a "
        + "process can always be ended from outside. That is the ladder that a cancelled piece climbs here.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = new CancellationTokenSource();
        _letGo = false;
        var polite = OnThread(() =>
        {
            while (!stop.IsCancellationRequested)
                Thread.SpinWait(100);
        });
        var deaf = OnThread(() =>
        {
            while (!_letGo) // not by anybody's token
                Thread.SpinWait(100);
        });
        await stop.CancelAsync();
        See("the loop that looks at its token ended", polite.Join(TimeSpan.FromSeconds(10)));
        See($"the one that does not still ran {Patience.TotalMilliseconds} ms later", !deaf.Join(Patience));
        _letGo = true; // this one only because the lesson is over
        using var child = LessonChild.Start("spin");
        await child.StandardOutput.ReadLineAsync(cancellation);
        var begun = Stopwatch.GetTimestamp();
        child.Kill();
        await child.WaitForExitAsync(cancellation);
        See(
            $"the same loop in a process was ended from outside within {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0} ms",
            child.HasExited
        );
    }

    private static Thread OnThread(Action run)
    {
        var thread = new Thread(() => run()) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
