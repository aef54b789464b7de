using System.Runtime.InteropServices;

namespace Mailroom.Files;

/// <summary>What code that is not ours finds at the descriptor of stdin.</summary>
internal static partial class StandardInput
{
    private const int Descriptor = 0;

    /// <summary>
    /// From now on it is at its end. Whoever has opened the console's input before has a descriptor of its own, and reads on.
    /// (On Windows it stays.)
    /// </summary>
    public static void Close()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var nothing = File.OpenHandle("/dev/null");
        _ = Duplicate((int)nothing.DangerousGetHandle(), Descriptor);
    }

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);
}
