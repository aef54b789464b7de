using System.Diagnostics;
using System.Runtime.Versioning;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// A program on a system other than Linux, by .NET's own means: on Windows in a group that ends with this process, elsewhere
/// ended with all that it started. There is no polite signal first.
/// </summary>
internal static class PortableChild
{
    private const int BufferBytes = 16 * 1024;

    // What it left running may hold its outputs open.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether Windows would have its shell read the words of a program: it takes blanks and dots at the end of a name for nothing.
    /// </summary>
    public static bool IsBatch(string program) =>
        OperatingSystem.IsWindows() && Path.GetExtension(program.TrimEnd(' ', '.')).ToUpperInvariant() is ".BAT" or ".CMD";

    public static string NoBatch(string program) =>
        $"{Visible.Text(program)} is a batch file, whose words Windows has a shell read; give cmd, /c and it, if that is what you want";

    /// <summary>Starts a program; see <see cref="RunAsync"/>.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">it can't be started</exception>
    public static Process Start(IReadOnlyList<string> command, string directory)
    {
        if (IsBatch(command[0]))
            throw new GiveUpException(NoBatch(command[0]));
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in SecretVariables.Inherited())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Reads what it writes until it ends.</summary>
    /// <param name="cancellation">ends it, and what it started</param>
    public static async Task<Ended> RunAsync(Process program, Kept kept, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = program;
        using var group = OperatingSystem.IsWindows() ? Grouped(process) : null;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        process.StandardInput.Close();
        var (output, error) = (new Capture("stdout", kept), new Capture("stderr", kept));
        var reading = Task.WhenAll(
            Read(process.StandardOutput.BaseStream, output, end),
            Read(process.StandardError.BaseStream, error, end)
        );
        try
        {
            await process.WaitForExitAsync(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (OperatingSystem.IsWindows())
                group!.End();
            else
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        await reading.WaitAsync(Grace, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (output)
            lock (error)
                return Ended.Of(
                    process.ExitCode,
                    0,
                    output,
                    error,
                    Stopwatch.GetElapsedTime(started),
                    OperatingSystem.IsWindows() ? group!.Leave() : 0
                );
    }

    // On a thread of its own, since .NET's may all be held: then an output would be taken for ended that was never read.
    private static Task Read(Stream from, Capture into, CancellationTokenSource end) =>
        Task.Factory.StartNew(
            () =>
            {
                var buffer = new byte[BufferBytes];
                while (from.Read(buffer) is > 0 and var count)
                {
                    lock (into)
                        into.Take(buffer.AsSpan(0, count));
                    if (into.Problem is not null)
                        end.Cancel();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    [SupportedOSPlatform("windows")]
    private static WindowsGroup Grouped(Process process)
    {
        try
        {
            return WindowsGroup.Of(process);
        }
        catch
        {
            process.Kill(entireProcessTree: true); // it would run on, and nobody watch it
            throw;
        }
    }
}
