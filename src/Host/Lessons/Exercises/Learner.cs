using System.Diagnostics;
using System.Globalization;
using Mailroom.Input;

namespace Mailroom.Host.Lessons.Exercises;

/// <summary>What a learner's program printed.</summary>
/// <param name="Processes">of it at once, at the most, as far as was seen</param>
internal sealed record Ran(IReadOnlyList<string> Lines, string? Trouble, int Processes)
{
    /// <summary>Whether the last line holds what is right.</summary>
    public Claim Says(string expected, string what) =>
        Trouble is not null ? new Claim(Trouble, false)
        : Lines is [.., var last] && last.Split(' ').Contains(expected) ? new Claim($"{what}: {expected}", true)
        : new Claim($"{what}: {expected}, but its last line is '{(Lines is [.., var other] ? other : "")}'", false);
}

/// <summary>A learner's program: a C# file, a Python file, or any program.</summary>
internal static class Learner
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    /// <exception cref="UserError">it can't be compiled or started</exception>
    public static async Task<Process> StartAsync(string file, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var (program, before) = Path.GetExtension(file) switch
        {
            ".cs" => (await BuildAsync(file, cancellation), (string[])[]),
            ".py" => ("python3", ["-u", file]), // a line is told when it is printed
            _ => (Path.GetFullPath(file), []),
        };
        try
        {
            return Process.Start(
                new ProcessStartInfo(program, [.. before, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true }
            )!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new UserError($"lesson check: {Visible.Text(program)} can't be started: {error.Message}", cause: error);
        }
    }

    public static async Task<Ran> RunAsync(string file, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        using var process = await StartAsync(file, arguments, cancellation);
        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        var processes = 1;
        var reading = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            while (!process.HasExited)
            {
                processes = Math.Max(processes, Alive(process.Id));
                await Task.WhenAny(process.WaitForExitAsync(patience.Token), Task.Delay(LookEvery, patience.Token)).Unwrap();
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            return new Ran([], $"it had not ended after {Quantity.Text(Patience)}", processes);
        }
        string said;
        try
        {
            said = await reading.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Ran([], "it has left a process behind that holds its output", processes);
        }
        var lines = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new Ran(lines, process.ExitCode == 0 ? null : $"it ended with exit code {process.ExitCode}", processes);
    }

    /// <summary>Compiles a C# file by itself, as <c>dotnet run</c> would.</summary>
    /// <returns>the program</returns>
    private static async Task<string> BuildAsync(string file, CancellationToken cancellation)
    {
        // Settings of a folder that it lies in are not the learner's.
        string[] build =
        [
            "build",
            file,
            "-p:TreatWarningsAsErrors=false",
            "-p:RestorePackagesWithLockFile=false",
            "-p:ManagePackageVersionsCentrally=false",
            "-p:PublishAot=false",
        ];
        var (code, said) = await DotnetAsync([.. build, "-v", "quiet"], cancellation);
        if (code == 0)
            return (await DotnetAsync([.. build, "-getProperty:RunCommand"], cancellation)).Said;
        var lines = said.Split('\n');
        var error = lines.FirstOrDefault(line => line.Contains(": error ", StringComparison.Ordinal), lines[0]);
        throw new UserError($"lesson check: {Visible.Text(file)} can't be compiled: {Visible.Text(error)}");
    }

    private static async Task<(int Code, string Said)> DotnetAsync(IEnumerable<string> words, CancellationToken cancellation)
    {
        using var dotnet = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true })!;
        var said = await dotnet.StandardOutput.ReadToEndAsync(cancellation);
        await dotnet.WaitForExitAsync(cancellation);
        return (dotnet.ExitCode, said.Trim());
    }

    /// <summary>How many processes a process and its children are.</summary>
    private static int Alive(int pid)
    {
        if (!OperatingSystem.IsLinux())
            return 1;
        try
        {
            return 1
                + Directory
                    .EnumerateDirectories($"/proc/{pid}/task")
                    .SelectMany(thread => File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Sum(child => Alive(int.Parse(child, CultureInfo.InvariantCulture)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0; // it has ended meanwhile
        }
    }
}
