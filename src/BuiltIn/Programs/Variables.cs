using System.Collections;
using System.Runtime.InteropServices;
using Mailroom.Input;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// This process's environment as bytes. .NET has read it as text, and has put U+FFFD where it is none; what it can't say is
/// taken from the block that the process was started with.
/// </summary>
public static partial class Variables
{
    private static Dictionary<string, string> started = StartedWith("/proc/self/environ");

    /// <summary>
    /// A node has its variables from its host by way of .NET, which has lost bytes of some: they are read again from the host's own block.
    /// </summary>
    public static void TakeFromHost()
    {
        if (OperatingSystem.IsLinux())
            started = StartedWith($"/proc/{Parent()}/environ");
    }

    /// <summary>Names and values, as <see cref="Octets"/>.</summary>
    internal static IEnumerable<(string Name, string Value)> All() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Select(entry => ((string)entry.Key, (string?)entry.Value ?? ""))
            .Select(entry => started.TryGetValue(entry.Item1, out var bytes) && Lossy(bytes) == entry.Item2 ? (entry.Item1, bytes) : entry);

    private static string Lossy(string octets) => Octets.Any(octets) ? System.Text.Encoding.UTF8.GetString(Octets.Bytes(octets)) : octets;

    private static Dictionary<string, string> StartedWith(string block)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!OperatingSystem.IsLinux())
            return found;
        try
        {
            foreach (var pair in Octets.Text(File.ReadAllBytes(block)).Split('\0', StringSplitOptions.RemoveEmptyEntries))
                if (pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
                    found.TryAdd(pair[..at], pair[(at + 1)..]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // a system that hides it: then what .NET says is all there is
        }
        return found;
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int Parent();
}
