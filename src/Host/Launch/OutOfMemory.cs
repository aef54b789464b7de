using System.Globalization;

namespace Mailroom.Host.Launch;

/// <summary>
/// Tells a process that the system ended because memory had run out from one that somebody has killed: both end by SIGKILL. Linux counts
/// what it ends so, of the whole machine and of its control groups alike, in <c>oom_kill</c> of <c>/proc/vmstat</c> (since 4.13).
/// </summary>
internal sealed class OutOfMemory(string counters = "/proc/vmstat")
{
    private const string Counter = "oom_kill ";
    private const int Killed = 128 + 9;

    private readonly long _before = Count(counters);

    /// <summary>Whether that is how a process ended, with this exit code, since this was made.</summary>
    public bool Ended(int code) => code == Killed && Count(counters) > _before;

    private static long Count(string counters)
    {
        try
        {
            return File.ReadLines(counters).FirstOrDefault(line => line.StartsWith(Counter, StringComparison.Ordinal)) is { } line
                ? long.Parse(line.AsSpan(Counter.Length), CultureInfo.InvariantCulture)
                : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0; // no Linux, or one that hides it: then a kill is a kill
        }
    }
}
