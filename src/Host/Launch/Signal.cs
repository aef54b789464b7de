using System.Runtime.InteropServices;
using Mailroom.Input;

namespace Mailroom.Host.Launch;

/// <summary>Signals, always to one process by its number.</summary>
internal static partial class Signal
{
    public static void Kill(int pid) => Send(pid, 9);

    public static void Terminate(int pid) => Send(pid, 15);

    /// <summary>Stops a process in its tracks: it holds its connections and answers nothing.</summary>
    public static void Freeze(int pid) => Send(pid, OperatingSystem.IsMacOS() ? 17 : 19);

    /// <exception cref="UserError">not on this system, or there is no such process any more</exception>
    private static void Send(int pid, int signal)
    {
        if (OperatingSystem.IsWindows())
            throw new UserError("this system has no signals to kill or stop a process with; this runs on Linux and macOS");
        if (SendSignal(pid, signal) != 0)
            throw new UserError($"process {pid} can't be signalled: {Marshal.GetLastPInvokeErrorMessage()}", ExitCode.JobFailed);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
