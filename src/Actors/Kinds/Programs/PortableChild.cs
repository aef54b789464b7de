using System.Diagnostics;

namespace Mailroom.Kinds.Programs;

/// <summary>
/// A program on a system other than Linux, by .NET's own means: on Windows in a group that ends with this process, elsewhere
/// ended with all that it started. There is no polite signal first.
/// </summary>
internal static class PortableChild
{
    private const int BufferBytes = 16 * 1024;

    // What it left running may hold its outputs open.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Starts a program; see <see cref="RunAsync"/>.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">it can't be started</exception>
    public static Process Start(IReadOnlyList<string> command, string directory)
    {
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
        using var group = OperatingSystem.IsWindows() ? WindowsGroup.Of(process) : null;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        process.StandardInput.Close();
        var (output, error) = (new Capture("stdout", kept), new Capture("stderr", kept));
        var reading = Task.WhenAll(ReadAsync(process.StandardOutput.BaseStream, output, end), ReadAsync(process.StandardError.BaseStream, error, end));
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
                return Ended.Of(process.ExitCode, 0, output, error, Stopwatch.GetElapsedTime(started), OperatingSystem.IsWindows() ? group!.Leave() : 0);
    }

    private static async Task ReadAsync(Stream from, Capture into, CancellationTokenSource end)
    {
        var buffer = new byte[BufferBytes];
        while (await from.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false) is > 0 and var count)
        {
            lock (into)
                into.Take(buffer.AsSpan(0, count));
            if (into.Problem is not null)
                await end.CancelAsync().ConfigureAwait(false);
        }
    }
}
