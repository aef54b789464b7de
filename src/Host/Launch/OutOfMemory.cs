using System.Globalization;

namespace Mailroom.Host.Launch;

/// <summary>
/// Tells a process that the system ended because memory had run out from one that somebody has killed: both end by SIGKILL. Linux counts
/// what it ends so, of the whole machine and of its control groups alike, in <c>oom_kill</c> of <c>/proc/vmstat</c> (since 4.13); so of a
/// process that was killed within seconds of that it is said.
/// </summary>
internal sealed class OutOfMemory : IDisposable
{
    private const string Counter = "oom_kill ";
    private const int Killed = 128 + 9;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly string _counters;
    private readonly Timer _timer;
    private (long Before, long Last) _counted;

    public OutOfMemory(string counters = "/proc/vmstat")
    {
        _counters = counters;
        _counted = (Count(), Count());
        _timer = new Timer(_ => Look(), null, LookEvery, LookEvery);
    }

    /// <summary>What was counted until the last time is long ago.</summary>
    internal void Look() => _counted = (_counted.Last, Count());

    /// <summary>Whether that is how a process has just ended, with this exit code.</summary>
    public bool Ended(int code) => code == Killed && Count() > _counted.Before;

    public void Dispose() => _timer.Dispose();

    private long Count()
    {
        try
        {
            return File.ReadLines(_counters).FirstOrDefault(line => line.StartsWith(Counter, StringComparison.Ordinal)) is { } line
                ? long.Parse(line.AsSpan(Counter.Length), CultureInfo.InvariantCulture)
                : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0; // no Linux, or one that hides it: then a kill is a kill
        }
    }
}
