using System.Runtime.InteropServices;

namespace Mailroom.Host.Hosting;

/// <summary>How many files this process may hold open; too few, and not even .NET can be loaded.</summary>
internal static partial class FileLimit
{
    private const ulong Needed = 300;

    // RLIMIT_NOFILE
    private static readonly int Which = OperatingSystem.IsMacOS() ? 8 : 7;

    /// <summary>What is wrong with it, or null. .NET has raised it as far as it may be raised.</summary>
    public static string? Wrong() =>
        !OperatingSystem.IsWindows() && Limit(Which, out var limit) == 0 && limit.Current < Needed
            ? $"mailroom needs to hold {Needed} files open, but only {limit.Current} are allowed here; 'ulimit -n 1024' allows more"
            : null;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Limit(int which, out Limits limits);

    private struct Limits
    {
        public ulong Current;
        public ulong Most;
    }
}
