using System.ComponentModel;
using System.Runtime.InteropServices;
using Mailroom.Input;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Files;

/// <summary>
/// Opens files of which somebody else may have made something else since they were looked at: links below the folder are
/// not followed, a pipe does not keep us waiting, and what was opened is looked at once more.
/// </summary>
internal static partial class SafeFile
{
    private const int CurrentFolder = -100;
    private const nint OpenAt2 = 437; // the same number on every kind of machine
    private const int NoSuchCall = 38;
    private const int ForbiddenCall = 1; // by a sandbox that does not know it
    private const int NotAFolder = 20;
    private const int LoopOfLinks = 40;
    private const int NoSuchFile = 2;
    private const int NoSuchDevice = 6; // a pipe that nobody reads
    private const int NotPermitted = 13;

    // Of open(2), where they are the same on every kind of machine that .NET runs on.
    private const ulong WriteOnly = 0x1;
    private const ulong Make = 0x40;
    private const ulong OnlyNew = 0x80;
    private const ulong NoWait = 0x800;
    private const ulong CloseOnExec = 0x80000;
    private const ulong PathOnly = 0x200000;
    private const ulong NewFile = 0x1B6; // 0666, less the user's mask

    // And where they are not.
    private static readonly ulong NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm
        ? 0x8000UL
        : 0x20000UL;

    // Of openat2(2).
    private const ulong NoLinks = 0x04 | 0x02; // RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS

    private const int LockAlone = 2 | 4; // LOCK_EX and LOCK_NB of flock(2)

    /// <summary>Opens a file for reading.</summary>
    /// <param name="root">what the user named: a file, or a folder, which may be links</param>
    /// <param name="below">the file's path from there; empty for the root itself</param>
    /// <exception cref="IOException">it is a link, a pipe, a device or a folder, or can't be read</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be read</exception>
    public static SafeFileHandle Open(string root, string below) =>
        OperatingSystem.IsLinux()
            ? Regular(Open(root, below, NoWait | CloseOnExec), Path.Combine(root, below))
            : File.OpenHandle(Path.Combine(root, below), options: FileOptions.SequentialScan);

    /// <summary>Opens a file for writing, alone; it is made if it is not there.</summary>
    /// <param name="keeps">whether what it holds stays; otherwise it is empty</param>
    /// <exception cref="IOException">something else has this name, another writes it, or it can't be written</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be written</exception>
    public static SafeFileHandle Create(string root, string below, bool keeps = false)
    {
        var path = Path.Combine(root, below);
        if (!OperatingSystem.IsLinux())
            return File.OpenHandle(path, keeps ? FileMode.OpenOrCreate : FileMode.Create, FileAccess.Write, FileShare.None);
        var file = Regular(Open(root, below, WriteOnly | Make | NoWait | CloseOnExec), path);
        if (FileStatus.Of(file) is { Links: > 1 } || Lock((int)file.DangerousGetHandle(), LockAlone) != 0)
        {
            file.Dispose();
            throw new IOException($"{path} has a second name, or is being written by another");
        }
        if (!keeps)
            RandomAccess.SetLength(file, 0);
        return file;
    }

    /// <summary>Opens what can be read once only, such as a pipe, and waits for whoever writes it.</summary>
    /// <exception cref="IOException">it can't be read</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be read</exception>
    public static FileStream OpenOnce(string path) =>
        new(
            OperatingSystem.IsLinux() ? Open(CurrentFolder, path, CloseOnExec, followsLinks: true) : File.OpenHandle(path),
            FileAccess.Read,
            bufferSize: 0
        );

    /// <summary>Why a file can't be written, or null. One that is there stays as it is, and one that is not is not left behind.</summary>
    public static string? WhyNotWritable(string path)
    {
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Disk.IsFolder(folder))
                return $"there is no folder {Visible.Text(folder)}";
            if (Disk.IsFolder(path))
                return "it is a folder";
            var isNew = !Disk.Exists(path);
            if (!isNew && OperatingSystem.IsLinux() && FileStatus.Of(path) is { Type: not FileStatus.Regular })
                return null; // a terminal or a pipe, which is not to be opened twice
            using (
                OperatingSystem.IsLinux()
                    ? Open(CurrentFolder, path, WriteOnly | CloseOnExec | (isNew ? Make | OnlyNew : 0), followsLinks: true)
                    : File.OpenHandle(path, isNew ? FileMode.CreateNew : FileMode.Open, FileAccess.Write)
            ) { }
            if (isNew)
                Disk.Delete(path);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Visible.Text(error.Message);
        }
    }

    // What the file systems of Linux, macOS and Windows take for one name.
    private const int MaxName = 255;

    // PATH_MAX without its closing zero; of Windows what its own interface takes.
    private static readonly int MaxPath =
        OperatingSystem.IsWindows() ? 32_767
        : OperatingSystem.IsMacOS() ? 1_023
        : 4_095;

    /// <summary>Why files can't be written into a folder, which may have to be made with those above it; null when they can.</summary>
    public static string? WhyNoFolder(string folder)
    {
        if (Octets.Bytes(folder).Length > MaxPath)
            return $"it has more than {MaxPath} bytes";
        var (there, missing) = (folder, "");
        while (!Disk.Exists(there) && Path.GetDirectoryName(there) is { Length: > 0 } above)
        {
            (there, missing) = (above, Path.GetFileName(there));
            if (Octets.Bytes(missing).Length > MaxName)
                return $"a name in it has more than {MaxName} bytes";
        }
        return !Disk.IsFolder(there)
            ? $"{Visible.Text(there)} is no folder"
            : WhyNotWritable(Path.Combine(there, missing.Length > 0 ? missing : $".mailroom-{Guid.NewGuid():n}"));
    }

    /// <summary>Opens what a user named for output, empty; a terminal, a pipe or a device too.</summary>
    /// <exception cref="IOException">it can't be written</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be written</exception>
    public static FileStream CreateAny(string path)
    {
        if (!OperatingSystem.IsLinux())
            return File.Create(path);
        var file = Open(CurrentFolder, path, WriteOnly | Make | CloseOnExec, followsLinks: true);
        if (FileStatus.Of(file) is { Type: FileStatus.Regular })
            RandomAccess.SetLength(file, 0);
        return new FileStream(file, FileAccess.Write, bufferSize: 0);
    }

    private static SafeFileHandle Regular(SafeFileHandle file, string path)
    {
        if (FileStatus.Of(file) is not { Type: not FileStatus.Regular })
            return file;
        file.Dispose();
        throw new IOException($"{path} is no file any more, but a pipe, a device or a folder");
    }

    private static SafeFileHandle Open(string root, string below, ulong flags)
    {
        if (below.Length == 0)
            return Open(CurrentFolder, root, flags, followsLinks: true);
        using var folder = Open(CurrentFolder, root, PathOnly | CloseOnExec, followsLinks: true);
        return Open((int)folder.DangerousGetHandle(), below, flags, followsLinks: false);
    }

    private static SafeFileHandle Open(int folder, string path, ulong flags, bool followsLinks)
    {
        var how = new How
        {
            Flags = flags,
            Mode = (flags & Make) != 0 ? NewFile : 0,
            Resolve = followsLinks ? 0 : NoLinks,
        };
        var text = Octets.ZeroTerminated(path);
        try
        {
            var descriptor = (int)SystemCall(OpenAt2, folder, text, ref how, Marshal.SizeOf<How>());
            return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true)
                : Marshal.GetLastPInvokeError() is NoSuchCall or ForbiddenCall ? OpenInSteps(folder, path, flags, followsLinks)
                : throw Failure(Marshal.GetLastPInvokeError(), path);
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>The same on a Linux older than 5.6: a folder at a time, and none of them a link.</summary>
    internal static SafeFileHandle OpenInSteps(int folder, string path, ulong flags, bool followsLinks)
    {
        if (followsLinks)
            return Step(folder, path, flags);
        SafeFileHandle? at = null;
        try
        {
            var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            foreach (var name in names[..^1])
            {
                var next = Step(at is null ? folder : (int)at.DangerousGetHandle(), name, PathOnly | CloseOnExec | NoFollow);
                at?.Dispose();
                at = next;
                if (FileStatus.Of(at) is not { Type: FileStatus.Folder })
                    throw Failure(LoopOfLinks, path);
            }
            return Step(at is null ? folder : (int)at.DangerousGetHandle(), names[^1], flags | NoFollow);
        }
        finally
        {
            at?.Dispose();
        }
    }

    private static SafeFileHandle Step(int folder, string name, ulong flags) =>
        OpenAt(folder, name, (int)flags, (uint)NewFile) is >= 0 and var descriptor
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw Failure(Marshal.GetLastPInvokeError(), name);

    internal static Exception Failure(int error, string path) =>
        error switch
        {
            NoSuchFile or NotAFolder => new FileNotFoundException($"there is no file {path}", path),
            NotPermitted => new UnauthorizedAccessException($"{path} may not be opened"),
            LoopOfLinks => new IOException($"{path} is no file any more, but a link"),
            NoSuchDevice => new IOException($"{path} is no file any more, but a pipe"),
            _ => new IOException($"{path}: {new Win32Exception(error).Message}"),
        };

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint folder, nint path, ref How how, nint size);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(int folder, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock")]
    private static partial int Lock(int descriptor, int operation);

    private struct How
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
