using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// A program on Windows and all that it starts (a "job object"): Windows ends them when the last handle to it is closed, which
/// it is when this process ends, whatever ended it.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsGroup : IDisposable
{
    private const int BasicAccounting = 1;
    private const int ExtendedLimits = 9;
    private const uint EndsWithHandle = 0x2000;
    private const double TicksPerSecond = 1e7;

    private readonly SafeFileHandle _handle;

    private WindowsGroup(SafeFileHandle handle) => _handle = handle;

    /// <summary>
    /// What the program has started before it is in the group stays outside; that is the time between its start and this call.
    /// </summary>
    public static WindowsGroup Of(Process process)
    {
        var group = new WindowsGroup(new SafeFileHandle(Create(0, 0), ownsHandle: true));
        group.Limit(EndsWithHandle);
        if (!Assign(group._handle, process.SafeHandle) && !process.HasExited)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        return group;
    }

    /// <summary>Ends all that are in it.</summary>
    public void End() => _ = Terminate(_handle, 1);

    /// <summary>Lets what is left in it go on by itself.</summary>
    /// <returns>seconds of processor time that it has taken so far</returns>
    public double Leave()
    {
        Limit(0);
        var size = Marshal.SizeOf<Accounting>();
        return Query(_handle, BasicAccounting, out var used, size, 0) ? (used.UserTime + used.KernelTime) / TicksPerSecond : 0;
    }

    public void Dispose() => _handle.Dispose();

    private void Limit(uint flags)
    {
        var limits = new Limits { Flags = flags };
        if (!Set(_handle, ExtendedLimits, ref limits, Marshal.SizeOf<Limits>()))
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("kernel32", EntryPoint = "CreateJobObjectW")]
    private static partial nint Create(nint attributes, nint name);

    [LibraryImport("kernel32", EntryPoint = "SetInformationJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool Set(SafeFileHandle group, int what, ref Limits limits, int size);

    [LibraryImport("kernel32", EntryPoint = "QueryInformationJobObject")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool Query(SafeFileHandle group, int what, out Accounting used, int size, nint written);

    [LibraryImport("kernel32", EntryPoint = "AssignProcessToJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool Assign(SafeFileHandle group, SafeProcessHandle process);

    [LibraryImport("kernel32", EntryPoint = "TerminateJobObject")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool Terminate(SafeFileHandle group, uint code);

    // JOBOBJECT_EXTENDED_LIMIT_INFORMATION
    private struct Limits
    {
        public long ProcessTime,
            JobTime;
        public uint Flags;
        public nuint LeastWorkingSet,
            MostWorkingSet;
        public uint Processes;
        public nuint Affinity;
        public uint Priority,
            Scheduling;
        public ulong Reads,
            Writes,
            Others,
            BytesRead,
            BytesWritten,
            BytesOther;
        public nuint ProcessMemory,
            JobMemory,
            PeakProcessMemory,
            PeakJobMemory;
    }

    // JOBOBJECT_BASIC_ACCOUNTING_INFORMATION
    private struct Accounting
    {
        public long UserTime,
            KernelTime,
            UserTimeOfPeriod,
            KernelTimeOfPeriod;
        public uint PageFaults,
            Processes,
            ActiveProcesses,
            EndedProcesses;
    }
}
