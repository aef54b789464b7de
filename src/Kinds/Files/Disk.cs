using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Mailroom.Input;

namespace Mailroom.Files;

/// <summary>
/// Files and folders by their names as <see cref="Octets"/>: what .NET does for names that are text, and the system's own
/// calls for those that are not, which .NET can't say.
/// </summary>
internal static partial class Disk
{
    private const int NoSuchFile = 2;
    private const int IsThere = 17;
    private const int ReadOnly = 0;
    private const uint NewFolder = 0x1FF; // 0777, less the user's mask
    private const uint OwnersFolder = 0x1C0; // 0700
    private const int NameAt = 19; // in struct dirent, where a pointer has 64 bits

    private static readonly bool IsOctet = OperatingSystem.IsLinux() && nint.Size == sizeof(long);

    public static bool Exists(string path) => IsOctet ? FileStatus.Of(path) is not null : Path.Exists(path);

    public static bool IsFolder(string path) => IsOctet ? FileStatus.Of(path) is { Type: FileStatus.Folder } : Directory.Exists(path);

    /// <summary>True for whatever is there and is no folder.</summary>
    public static bool IsFile(string path) => IsOctet ? FileStatus.Of(path) is { Type: not FileStatus.Folder } : File.Exists(path);

    /// <summary>How many bytes a file is said to have; 0 where it can't be looked at.</summary>
    public static long Size(string path) =>
        IsOctet ? FileStatus.Of(path)?.Size ?? 0
        : new FileInfo(path) is { Exists: true } file ? file.Length
        : 0;

    /// <summary>The current folder, which need not be there any more.</summary>
    public static string Current => IsOctet ? OwnCurrent() : Directory.GetCurrentDirectory();

    /// <summary>A path that counts from the current folder, in full.</summary>
    public static string Full(string path) => Path.GetFullPath(path, Current);

    /// <summary>The same for a path that only .NET is to use, such as that of settings.</summary>
    /// <param name="what">what it is, for the message</param>
    /// <exception cref="UserError">it is empty, or has bytes that are no text</exception>
    public static string FullText(string path, string what)
    {
        if (path.Length == 0)
            throw Empty(what);
        var full = Full(path);
        return Octets.Any(full)
            ? throw new UserError($"{what} {Visible.Text(full)} has bytes in its path that are no UTF-8; choose another")
            : full;
    }

    /// <summary>What is wrong with an empty path, which would be taken for the current folder.</summary>
    public static UserError Empty(string what) => new($"{what} is empty; it takes a path (is a variable not set?)");

    /// <summary>What is in a folder, in ordinal order.</summary>
    /// <exception cref="UnauthorizedAccessException">it may not be read</exception>
    /// <exception cref="IOException">it can't be read</exception>
    public static IReadOnlyList<string> Names(string folder)
    {
        var names = IsOctet ? OwnNames(folder) : [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(entry => entry.Name)];
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Makes a folder and those above it; what is there stays.</summary>
    /// <exception cref="UnauthorizedAccessException">it may not be made</exception>
    /// <exception cref="IOException">it can't be made</exception>
    public static void MakeFolders(string path)
    {
        if (!Octets.Any(path))
        {
            Directory.CreateDirectory(path);
            return;
        }
        if (IsFolder(path))
            return;
        if (Path.GetDirectoryName(path) is { Length: > 0 } above)
            MakeFolders(above);
        if (Make(path, NewFolder) != 0 && Marshal.GetLastPInvokeError() is not IsThere and var error)
            throw SafeFile.Failure(error, path);
    }

    /// <summary>Gives a file another name.</summary>
    /// <exception cref="IOException">it can't be, or the name is taken and <paramref name="overwrite"/> is false</exception>
    public static void Move(string from, string to, bool overwrite)
    {
        if (!Octets.Any(from) && !Octets.Any(to))
            File.Move(from, to, overwrite);
        else if (!overwrite && Exists(to))
            throw new IOException($"{to} is there already");
        else if (Rename(from, to) != 0)
            throw SafeFile.Failure(Marshal.GetLastPInvokeError(), to);
    }

    /// <summary>Removes a file; one that is not there is no matter.</summary>
    /// <exception cref="UnauthorizedAccessException">it may not be removed</exception>
    /// <exception cref="IOException">it can't be removed</exception>
    public static void Delete(string path)
    {
        if (!Octets.Any(path))
            File.Delete(path);
        else if (Unlink(path) != 0 && Marshal.GetLastPInvokeError() is not NoSuchFile and var error)
            throw SafeFile.Failure(error, path);
    }

    /// <summary>Removes a folder with all that is in it, or as much as can be; links are removed, and not followed.</summary>
    /// <exception cref="UnauthorizedAccessException">something may not be removed</exception>
    /// <exception cref="IOException">something can't be removed</exception>
    public static void DeleteFolder(string path)
    {
        if (!IsOctet)
        {
            Directory.Delete(path, recursive: true);
            return;
        }
        Exception? wrong = null;
        _ = ChangeMode(path, OwnersFolder); // somebody may have made it for reading only
        foreach (var entry in Names(path).Select(name => Path.Combine(path, name)))
            try
            {
                if (FileStatus.OfLink(entry) is { Type: FileStatus.Folder })
                    DeleteFolder(entry);
                else
                    Delete(entry);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                wrong ??= error; // the others go all the same
            }
        if (wrong is not null)
            throw wrong;
        if (RemoveFolder(path) != 0)
            throw SafeFile.Failure(Marshal.GetLastPInvokeError(), path);
    }

    /// <summary>What was made, named or removed in a folder outlives a loss of power. (Windows sees to it by itself.)</summary>
    /// <exception cref="IOException">the disk does not say so</exception>
    public static void Settle(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = OpenFile(folder, ReadOnly);
        if (descriptor < 0)
            throw SafeFile.Failure(Marshal.GetLastPInvokeError(), folder);
        try
        {
            if (Sync(descriptor) != 0)
                throw SafeFile.Failure(Marshal.GetLastPInvokeError(), folder);
        }
        finally
        {
            _ = CloseFile(descriptor);
        }
    }

    private static string OwnCurrent()
    {
        Span<byte> path = stackalloc byte[4096];
        // Of a folder that was removed the link still tells the name: what counts from there is not found, and is said so.
        var length = (int)ReadLink("/proc/self/cwd", ref path[0], path.Length);
        return length > 0 && path[0] == '/' ? Octets.Text(path[..length]) : Directory.GetCurrentDirectory();
    }

    private static List<string> OwnNames(string folder)
    {
        var stream = OpenFolder(folder);
        if (stream == 0)
            throw SafeFile.Failure(Marshal.GetLastPInvokeError(), folder);
        try
        {
            var names = new List<string>();
            while (ReadFolder(stream) is var entry && entry != 0)
                if (Octets.Text(entry + NameAt) is not ("." or "..") and var name)
                    names.Add(name);
            return names;
        }
        finally
        {
            _ = CloseFolder(stream);
        }
    }

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    private static partial int Make([MarshalUsing(typeof(OctetMarshaller))] string path, uint mode);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true)]
    private static partial int Rename(
        [MarshalUsing(typeof(OctetMarshaller))] string from,
        [MarshalUsing(typeof(OctetMarshaller))] string to
    );

    [LibraryImport("libc", EntryPoint = "chmod")]
    private static partial int ChangeMode([MarshalUsing(typeof(OctetMarshaller))] string path, uint mode);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true)]
    private static partial int RemoveFolder([MarshalUsing(typeof(OctetMarshaller))] string path);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true)]
    private static partial int Unlink([MarshalUsing(typeof(OctetMarshaller))] string path);

    [LibraryImport("libc", EntryPoint = "readlink")]
    private static partial nint ReadLink([MarshalUsing(typeof(OctetMarshaller))] string path, ref byte target, nint size);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int OpenFile([MarshalUsing(typeof(OctetMarshaller))] string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int descriptor);

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true)]
    private static partial nint OpenFolder([MarshalUsing(typeof(OctetMarshaller))] string path);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial nint ReadFolder(nint folder);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseFolder(nint folder);
}
