using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Mailroom.Input;

namespace Mailroom.Files;

/// <summary>What Linux tells of a file, where .NET tells nothing: its kind and its owner.</summary>
/// <param name="Type">the part of its mode that says what it is</param>
/// <param name="Links">names that it has</param>
/// <param name="Size">bytes; a hint, for files that the system makes while they are read say 0</param>
/// <param name="Open">what others than its owner may do with it: the mode's last six bits</param>
internal readonly partial record struct FileStatus(int Type, uint Owner, uint Links, int Open, long Size)
{
    public const int Regular = 0x8000;
    public const int Folder = 0x4000;

    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const int OpenMask = 0x3F;
    private const uint Wanted = 0x1 | 0x2 | 0x4 | 0x8 | 0x200; // type, mode, links, owner, size
    private const int StructBytes = 256;

    // struct statx has the same form on every kind of machine.
    private const int LinksAt = 16;
    private const int OwnerAt = 20;
    private const int ModeAt = 28;
    private const int SizeAt = 40;
    private const int TypeMask = 0xF000;

    public static uint Self { get; } = OperatingSystem.IsWindows() ? 0 : EffectiveUser();

    /// <summary>Null where it can't be looked at, or the system does not tell.</summary>
    public static FileStatus? Of(string path) => Read(CurrentFolder, path, 0);

    /// <summary>The same of a link itself.</summary>
    public static FileStatus? OfLink(string path) => Read(CurrentFolder, path, NoFollow);

    /// <summary>Whether only this process's user can read and change it, by one look at what stands there itself.</summary>
    public static bool IsOwn(string path, int type) =>
        !OperatingSystem.IsLinux() || (OfLink(path) is { } status && status.Type == type && status.Owner == Self && status.Open == 0);

    public static FileStatus? Of(SafeHandle file) => Read((int)file.DangerousGetHandle(), "", EmptyPath);

    private static FileStatus? Read(int folder, string path, int flags)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        Span<byte> status = stackalloc byte[StructBytes];
        return StatX(folder, path, flags, Wanted, ref status[0]) == 0
            ? new FileStatus(
                BitConverter.ToUInt16(status[ModeAt..]) & TypeMask,
                BitConverter.ToUInt32(status[OwnerAt..]),
                BitConverter.ToUInt32(status[LinksAt..]),
                BitConverter.ToUInt16(status[ModeAt..]) & OpenMask,
                BitConverter.ToInt64(status[SizeAt..])
            )
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int StatX(
        int folder,
        [MarshalUsing(typeof(OctetMarshaller))] string path,
        int flags,
        uint mask,
        ref byte status
    );

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
