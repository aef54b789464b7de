namespace Mailroom.Files;

/// <summary>Tells files from pipes, sockets and devices, which would keep whoever opens them waiting.</summary>
internal static class RegularFile
{
    private const int Link = 0xA000;

    private static readonly int[] Special = [0x1000, 0x2000, 0x6000, 0xC000]; // pipe, character device, block device, socket

    /// <summary>False for what a walk passes over: links, pipes, sockets and devices.</summary>
    public static bool IsToWalk(string path) =>
        OperatingSystem.IsLinux()
            ? FileStatus.OfLink(path) is not { } status || (status.Type != Link && !Special.Contains(status.Type))
            : new FileInfo(path).LinkTarget is null;

    /// <summary>False for a pipe, a socket or a device. What can't be looked at counts as a file, whose opening says why.</summary>
    public static bool Is(string path) => FileStatus.Of(path) is not { } status || !Special.Contains(status.Type);
}
