using System.Diagnostics;

namespace ProcessesAndQueue;

/// <summary>This very program as another process.</summary>
internal static class Child
{
    public static Process Start(params string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true }
        )!;

    /// <summary>What a crash comes to, without its noise.</summary>
    public static void Die() => Environment.Exit(1);
}
