using System.Runtime.InteropServices;

namespace Mailroom.Inspection;

/// <summary>The processor time of the calling thread, in seconds.</summary>
public static partial class ThreadClock
{
    // CLOCK_THREAD_CPUTIME_ID of clock_gettime(2).
    private static readonly int Id = OperatingSystem.IsMacOS() ? 16 : 3;

    /// <summary>Whether this system tells.</summary>
    public static bool Ticks { get; } = !OperatingSystem.IsWindows();

    /// <returns>0 where the system does not tell</returns>
    public static double Seconds() => Ticks && Read(Id, out var time) == 0 ? time.Seconds + (time.Nanoseconds * 1e-9) : 0;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);

    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
