using System.Diagnostics;
using System.Text.Json.Nodes;
using Mailroom.Kinds;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Benchmarks;

/// <summary>A kind as a plain loop in this process, without actors: what Mailroom's own overhead is measured against.</summary>
internal static class Plain
{
    public static async Task<double> SecondsAsync(IKind kind, JsonObject arguments, string directory)
    {
        var started = Stopwatch.GetTimestamp();
        var work = kind.Bind(arguments, directory);
        var (pieces, _) = await work.SplitAsync(new SplitHint(1, null), CancellationToken.None);
        using var fold = work.Fold();
        var index = 0;
        foreach (var piece in pieces)
            fold.Add(await work.RunAsync(piece, new PieceContext(1, index++, 1, true, NullLogger.Instance, CancellationToken.None)));
        fold.Finish();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>A program run to its end, its output thrown away.</summary>
    public static async Task<double> SecondsAsync(string shell)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(
            new ProcessStartInfo("sh", ["-c", shell])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.StandardInput.Close();
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync(), process.WaitForExitAsync());
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
