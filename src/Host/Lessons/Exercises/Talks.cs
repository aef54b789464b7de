using System.Diagnostics;
using Mailroom.Input;

namespace Mailroom.Host.Lessons.Exercises;

/// <summary>Checks of programs that run until they are told to end.</summary>
internal static class Talks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<IReadOnlyList<Claim>> StatusAsync(string file, CancellationToken cancellation)
    {
        using var learner = new Ending(await Learner.StartAsync(file, [], cancellation));
        var process = learner.Process;
        var answers = new List<string?>();
        for (var asked = 0; asked < 3; asked++)
            answers.Add(await SayAsync(process, "status") ? await LineAsync(process, _ => true, cancellation) : null);
        await SayAsync(process, "quit");
        return
        [
            new Claim($"it answered {answers.Count(answer => answer is not null)} of 3 times: {answers[^1]}", !answers.Contains(null)),
            await EndAsync(process, "'quit'", cancellation),
        ];
    }

    public static async Task<IReadOnlyList<Claim>> StopAsync(string file, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
            throw new UserError("lesson check stop: Windows has no SIGINT that one program could send another");
        using var learner = new Ending(await Learner.StartAsync(file, [], cancellation));
        var process = learner.Process;
        if (await LineAsync(process, _ => true, cancellation) is null)
            return [new Claim("it has to print a line when it begins, so that one knows that it listens", false)];
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await kill.WaitForExitAsync(cancellation);
        var stopped = await LineAsync(process, line => line.StartsWith("stopped", StringComparison.Ordinal), cancellation);
        return
        [
            new Claim(stopped is null ? "no line began with 'stopped'" : $"it said: {stopped}", stopped is not null),
            await EndAsync(process, "SIGINT", cancellation),
        ];
    }

    /// <returns>false when nobody reads it any more</returns>
    private static async Task<bool> SayAsync(Process process, string line)
    {
        try
        {
            await process.StandardInput.WriteLineAsync(line);
            await process.StandardInput.FlushAsync();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<string?> LineAsync(Process process, Func<string, bool> isWanted, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
                if (isWanted(line))
                    return line;
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task<Claim> EndAsync(Process process, string cause, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return new Claim($"it ended by {cause}", true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Claim($"{Quantity.Text(Patience)} after {cause} it still ran", false);
        }
    }

    /// <summary>A process that does not outlive its check, whatever it comes to.</summary>
    private sealed class Ending(Process process) : IDisposable
    {
        public Process Process => process;

        public void Dispose()
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.Dispose();
        }
    }
}
