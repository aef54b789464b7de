using System.Buffers.Text;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Inspection;

/// <summary>The processor time of the calling thread, in seconds, and the time for which it had none though it wanted some.</summary>
public static partial class ThreadClock
{
    private const string Statistics = "/proc/thread-self/schedstat";

    private static readonly bool TellsDelays = OperatingSystem.IsLinux() && File.Exists(Statistics);

    // Of each thread its own.
    [ThreadStatic]
    private static SafeFileHandle? statistics;

    // CLOCK_THREAD_CPUTIME_ID of clock_gettime(2).
    private static readonly int Id = OperatingSystem.IsMacOS() ? 16 : 3;

    /// <summary>Whether this system tells.</summary>
    public static bool Ticks { get; } = !OperatingSystem.IsWindows();

    /// <returns>0 where the system does not tell</returns>
    public static double Seconds() => Ticks && Read(Id, out var time) == 0 ? time.Seconds + (time.Nanoseconds * 1e-9) : 0;

    /// <summary>Seconds for which the calling thread could have run, and others had the cores.</summary>
    /// <returns>0 where the system does not tell</returns>
    public static double Delayed()
    {
        if (!TellsDelays)
            return 0;
        statistics ??= File.OpenHandle(Statistics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Span<byte> text = stackalloc byte[96];
        return Delayed(text[..RandomAccess.Read(statistics, text, 0)]);
    }

    // Nanoseconds on a core, nanoseconds in the queue for one, turns: https://www.kernel.org/doc/Documentation/scheduler/sched-stats.rst
    internal static double Delayed(ReadOnlySpan<byte> statistics)
    {
        var queue = statistics[(statistics.IndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(queue, out long nanoseconds, out _) ? nanoseconds * 1e-9 : 0;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);

    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
