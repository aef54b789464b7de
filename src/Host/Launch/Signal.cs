using System.Diagnostics;
using System.Runtime.InteropServices;
using Mailroom.Input;

namespace Mailroom.Host.Launch;

/// <summary>Signals, always to one process by its number.</summary>
internal static partial class Signal
{
    /// <summary>Ends a process at once, as kill -9 does.</summary>
    /// <exception cref="UserError">there is no such process any more</exception>
    public static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            throw new UserError($"process {pid} can't be killed: {error.Message}", ExitCode.JobFailed, error);
        }
    }

    /// <summary>Asks a process to end.</summary>
    public static void Terminate(int pid) => Send(pid, 15);

    /// <summary>Stops a process in its tracks: it holds its connections and answers nothing.</summary>
    public static void Freeze(int pid) => Send(pid, OperatingSystem.IsMacOS() ? 17 : 19);

    /// <summary>Lets a process go on that was stopped.</summary>
    public static void Thaw(int pid) => Send(pid, OperatingSystem.IsMacOS() ? 19 : 18);

    /// <exception cref="UserError">not on this system, or there is no such process any more</exception>
    private static void Send(int pid, int signal)
    {
        if (OperatingSystem.IsWindows())
            throw new UserError(
                "Windows has no signals by which one process asks another to end or stops it; this runs on Linux and macOS"
            );
        if (SendSignal(pid, signal) != 0)
            throw new UserError($"process {pid} can't be signalled: {Marshal.GetLastPInvokeErrorMessage()}", ExitCode.JobFailed);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
