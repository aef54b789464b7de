using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Mailroom.Files;
using Mailroom.Input;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// The few calls of Linux that start a program in a process group of its own, which <see cref="System.Diagnostics.Process"/>
/// can't: without a group, what the program starts itself outlives its cancellation.
/// </summary>
internal static partial class Posix
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    /// <summary>The exit code could not be had.</summary>
    public const int UnknownExit = -2;

    private const int NoChild = 10;
    private const int SigChild = 17;
    private const int SigPipe = 13;
    private const int CloseOnExec = 0x80000;
    private const int ReadAndWrite = 2;
    private const short SetProcessGroup = 0x02;
    private const short SetSignalDefaults = 0x04;
    private const short PollIn = 0x01;
    private const int NoHang = 1;
    private const nint PidFdOpen = 434; // the same number on every kind of machine

    // More than posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t have in any C library.
    private const int OpaqueBytes = 1_024;

    /// <summary>Starts a program, its stdin empty, its stdout and stderr pipes that are given as descriptors to read from.</summary>
    /// <exception cref="Win32Exception">it can't be started</exception>
    public static (int Pid, int Out, int Err) Start(IReadOnlyList<string> command, string directory)
    {
        var output = MakePipe();
        try
        {
            var error = MakePipe();
            try
            {
                return (Spawn(command, directory, (0, null), (1, output.Write), (2, error.Write)), output.Read, error.Read);
            }
            catch
            {
                Close(error.Read);
                throw;
            }
            finally
            {
                Close(error.Write);
            }
        }
        catch
        {
            Close(output.Read);
            throw;
        }
        finally
        {
            Close(output.Write);
        }
    }

    /// <summary>Starts the guardian, its stdin a pipe that is given, to be written to.</summary>
    /// <exception cref="Win32Exception">it can't be started</exception>
    public static SafeFileHandle StartGuardian(IReadOnlyList<string> program)
    {
        var input = MakePipe();
        try
        {
            _ = Spawn([.. program, Guardian.Argument], "/", (0, input.Read), (1, null), (2, null));
            return new SafeFileHandle(input.Write, ownsHandle: true);
        }
        finally
        {
            Close(input.Read);
        }
    }

    // Each stream is a descriptor of ours, or null for /dev/null.
    private static int Spawn(IReadOnlyList<string> command, string directory, params ReadOnlySpan<(int Stream, int? Descriptor)> streams)
    {
        Span<byte> actions = stackalloc byte[OpaqueBytes],
            attributes = stackalloc byte[OpaqueBytes],
            signals = stackalloc byte[OpaqueBytes];
        var arguments = Strings(command);
        Check(InitActions(ref actions[0]));
        Check(InitAttributes(ref attributes[0]));
        try
        {
            foreach (var (stream, descriptor) in streams)
                Check(
                    descriptor is { } own
                        ? AddDup(ref actions[0], own, stream)
                        : AddOpen(ref actions[0], stream, "/dev/null", ReadAndWrite, 0)
                );
            Check(AddChangeDirectory(ref actions[0], directory));
            EmptySignals(ref signals[0]);
            AddSignal(ref signals[0], SigPipe); // .NET ignores it, and what is ignored would be inherited
            AddSignal(ref signals[0], SigChild);
            SetDefaults(ref attributes[0], ref signals[0]);
            SetFlags(ref attributes[0], SetProcessGroup | SetSignalDefaults);
            return Spawn(command[0], ref actions[0], ref attributes[0], arguments);
        }
        finally
        {
            DestroyActions(ref actions[0]);
            DestroyAttributes(ref attributes[0]);
            Array.ForEach(arguments, Marshal.FreeCoTaskMem);
        }
    }

    // With the user's own mask for files: what a program makes belongs to the user.
    private static int Spawn(string file, ref byte actions, ref byte attributes, nint[] arguments)
    {
        var environment = Strings(SecretVariables.Inherited().Select(variable => $"{variable.Name}={variable.Value}"));
        using var _ = FileModes.OfUser();
        try
        {
            Check(Spawn(out var pid, file, ref actions, ref attributes, arguments, environment));
            return pid;
        }
        finally
        {
            Array.ForEach(environment, Marshal.FreeCoTaskMem);
        }
    }

    /// <summary>A descriptor that is ready when a program has ended, or -1 on a Linux older than 5.3.</summary>
    public static int OpenPid(int pid) => (int)SystemCall(PidFdOpen, pid, 0);

    /// <summary>Waits until something can be read or was closed, or the time is over.</summary>
    /// <param name="ready">set for each descriptor that can be read</param>
    public static void Wait(ReadOnlySpan<int> descriptors, Span<bool> ready, int milliseconds)
    {
        Span<Polled> polled = descriptors.Length <= 64 ? stackalloc Polled[64] : new Polled[descriptors.Length];
        for (var i = 0; i < descriptors.Length; i++)
            polled[i] = new Polled { Descriptor = descriptors[i], Events = PollIn };
        var count = Poll(ref polled[0], (nuint)descriptors.Length, milliseconds);
        for (var i = 0; i < descriptors.Length; i++)
            ready[i] = count > 0 && polled[i].Seen != 0;
    }

    /// <returns>bytes read; 0 at the end</returns>
    public static int Read(int descriptor, Span<byte> buffer) => (int)Math.Max(0, ReadBytes(descriptor, ref buffer[0], buffer.Length));

    /// <summary>
    /// Takes a program's end if it has ended: its exit code, or the signal that ended it, and the processor time of it and of what it
    /// waited for.
    /// </summary>
    /// <returns>exit code <see cref="UnknownExit"/> where the system has thrown it away, because this process was started with SIGCHLD
    /// ignored</returns>
    public static (int ExitCode, int Signal, double CpuSeconds)? TryReap(int pid)
    {
        Span<long> usage = stackalloc long[OpaqueBytes / sizeof(long)];
        var reaped = WaitPid(pid, out var status, NoHang, ref usage[0]);
        if (reaped < 0 && Marshal.GetLastPInvokeError() == NoChild)
            return (UnknownExit, 0, 0);
        if (reaped != pid)
            return null;
        // struct rusage begins with the time of the user and that of the system, in seconds and microseconds.
        var cpu = nint.Size == sizeof(long) ? usage[0] + usage[2] + ((usage[1] + usage[3]) / 1e6) : 0;
        return (status & 0x7F) is var signal && signal != 0 ? (128 + signal, signal, cpu) : ((status >> 8) & 0xFF, 0, cpu);
    }

    /// <summary>Sends a signal to a program and all that it started in its group.</summary>
    public static void SignalGroup(int pid, int signal) => _ = Kill(-pid, signal);

    /// <returns>two descriptors, to read from and to write to</returns>
    public static (int Read, int Write) MakePipe()
    {
        Span<int> ends = stackalloc int[2];
        Check(Pipe(ref ends[0], CloseOnExec) == 0 ? 0 : Marshal.GetLastPInvokeError());
        return (ends[0], ends[1]);
    }

    public static void WriteByte(int descriptor)
    {
        byte any = 0;
        _ = WriteBytes(descriptor, ref any, 1);
    }

    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    private static void Check(int error)
    {
        if (error != 0)
            throw new Win32Exception(error);
    }

    private static nint[] Strings(IEnumerable<string> texts) => [.. texts.Select(Octets.ZeroTerminated), 0];

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(ref int ends, int flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnp")]
    private static partial int Spawn(
        out int pid,
        [MarshalUsing(typeof(OctetMarshaller))] string file,
        ref byte actions,
        ref byte attributes,
        nint[] arguments,
        nint[] environment
    );

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitActions(ref byte actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(ref byte actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen")]
    private static partial int AddOpen(
        ref byte actions,
        int descriptor,
        [MarshalUsing(typeof(OctetMarshaller))] string path,
        int flags,
        uint mode
    );

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDup(ref byte actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    private static partial int AddChangeDirectory(ref byte actions, [MarshalUsing(typeof(OctetMarshaller))] string directory);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitAttributes(ref byte attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(ref byte attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(ref byte attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaults(ref byte attributes, ref byte signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int EmptySignals(ref byte signals);

    [LibraryImport("libc", EntryPoint = "sigaddset")]
    private static partial int AddSignal(ref byte signals, int signal);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref Polled polled, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadBytes(int descriptor, ref byte buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteBytes(int descriptor, ref byte buffer, nint count);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    private static partial int WaitPid(int pid, out int status, int options, ref long usage);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private struct Polled
    {
        public int Descriptor;
        public short Events;
        public short Seen;
    }
}
