using System.Runtime.InteropServices;

namespace Mailroom.Inspection;

/// <summary>How this process ends: as its program says, and not as some code of a user's kind would have it.</summary>
public static partial class LastWord
{
    // What runs at the end of a process may be a user's own too, and need not come back.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // The handle by which Windows knows a process that speaks of itself.
    private const nint CurrentProcess = -1;

    private static volatile bool isSaid;

    /// <summary>Ends the process with this exit code, whatever threads still run.</summary>
    public static void End(int code)
    {
        isSaid = true;
        EndAfter(Patience, code);
        Environment.Exit(code);
    }

    /// <summary>The process may end from here on: a signal is about to end it.</summary>
    public static void Allow() => isSaid = true;

    /// <summary>Ends the process with this exit code after some time, should it not have ended by then.</summary>
    public static void EndAfter(TimeSpan time, int code) =>
        new Thread(() =>
        {
            Thread.CurrentThread.Join(time);
            EndNow(code);
        })
        {
            IsBackground = true,
            Name = "last word",
        }.Start();

    /// <summary>From now on, code that ends the process without having been asked to does not end it as if all were done.</summary>
    /// <param name="code">the exit code instead</param>
    /// <param name="say">called before</param>
    public static void Guard(int code, Action say) =>
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (isSaid)
                return;
            say();
            EndNow(code);
        };

    private static void EndNow(int code)
    {
        if (OperatingSystem.IsWindows())
            _ = Terminate(CurrentProcess, (uint)code);
        else
            Exit(code);
    }

    [LibraryImport("kernel32", EntryPoint = "TerminateProcess")]
    private static partial int Terminate(nint process, uint code);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int code);
}
