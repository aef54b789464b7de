using System.Runtime.InteropServices;

namespace Mailroom.Kinds.Files;

/// <summary>Tells files from pipes, sockets and devices, which would keep whoever opens them waiting.</summary>
internal static partial class RegularFile
{
    private const int CurrentFolder = -100;
    private const uint TypeOnly = 1;
    private const int StructBytes = 256;
    private const int ModeAt = 28; // struct statx has the same form on every kind of machine
    private const int TypeMask = 0xF000;

    private static readonly int[] Special = [0x1000, 0x2000, 0x6000, 0xC000]; // pipe, character device, block device, socket

    /// <summary>False for a pipe, a socket or a device. What can't be looked at counts as a file, whose opening says why.</summary>
    public static bool Is(string path)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        Span<byte> status = stackalloc byte[StructBytes];
        return StatX(CurrentFolder, path, 0, TypeOnly, ref status[0]) != 0 || !Special.Contains(BitConverter.ToUInt16(status[ModeAt..]) & TypeMask);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte status);
}
