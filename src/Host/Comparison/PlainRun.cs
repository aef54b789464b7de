using System.Diagnostics;
using Mailroom.Advice;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Host.Comparison;

/// <summary>What the plain loop measured.</summary>
internal sealed record PlainResult(Sample Sample, Profile? Profile, int Dead);

/// <summary>The job as anybody would write it first: a loop over its pieces, without actors, on one thread.</summary>
internal static class PlainRun
{
    // Short runs mostly run code that is still being compiled: they are repeated for so many seconds, and the last one counts.
    private const double WarmSeconds = 1.5;

    public static async Task<PlainResult> RunAsync(Catalogue catalogue, JobRequest request, int workers, CancellationToken cancellation)
    {
        for (var begun = Stopwatch.GetTimestamp(); ; )
        {
            var result = await OnceAsync(catalogue, request, workers, cancellation);
            if (Stopwatch.GetElapsedTime(begun).TotalSeconds > WarmSeconds)
                return result;
        }
    }

    private static async Task<PlainResult> OnceAsync(Catalogue catalogue, JobRequest request, int workers, CancellationToken cancellation)
    {
        var kind = catalogue.Find(request.Kind);
        var work = kind.Bind(request.Arguments.DeepClone().AsObject(), request.Directory);
        var (before, begun) = (Usage.Now("host"), Stopwatch.GetTimestamp());
        var (count, dead) = (0, 0);
        double spent = 0,
            held = 0;
        long bytes = 0;
        var (pieces, _) = await work.SplitAsync(new SplitHint(workers, request.Pieces), cancellation);
        using var fold = work.Fold();
        foreach (var piece in pieces)
        {
            var attempts = request.Attempts ?? kind.Attempts ?? 5;
            object? result = null;
            var started = Stopwatch.GetTimestamp();
            for (var attempt = 1; attempt <= attempts && result is null; attempt++)
            {
                try
                {
                    var running = work.RunAsync(
                        piece,
                        new PieceContext(1, count, attempt, MayBlock: false, NullLogger.Instance, cancellation)
                    );
                    held += Stopwatch.GetElapsedTime(started).TotalSeconds;
                    result = await running;
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    attempt = error is GiveUpException ? attempts : attempt;
                    result = (error as AttemptFailedException)?.Result;
                }
            }
            spent += Stopwatch.GetElapsedTime(started).TotalSeconds;
            // Encoding is not the loop's work, so only a few are looked at.
            if (result is not null && count % 64 == 0)
                bytes += work.ResultCodec.Encode(result).Length + work.PieceCodec.Encode(piece).Length;
            count++;
            if (result is null)
                dead++;
            else
                fold.Add(result);
        }
        var answer = dead == 0 || !kind.NeedsEveryPiece ? fold.Finish() : null;
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var used = Usage.Now("host");
        var cpu = used.CpuSeconds - before.CpuSeconds;
        using var process = Process.GetCurrentProcess();
        var sample = new Sample(
            seconds,
            cpu,
            0,
            used.AllocatedBytes - before.AllocatedBytes,
            used.Collections - before.Collections,
            used.PauseSeconds - before.PauseSeconds,
            process.PeakWorkingSet64,
            answer?.Text,
            answer is null ? $"{dead} of {count} pieces are dead" : null
        );
        var pause = used.PauseSeconds - before.PauseSeconds;
        // The loop goes on wherever an awaited piece ended, so the process's time is the pieces'.
        var profile =
            count == 0
                ? null
                : new Profile(
                    count,
                    spent / count,
                    Math.Min(cpu, seconds) / count,
                    held / count,
                    pause / count,
                    bytes / Math.Ceiling(count / 64.0)
                );
        return new PlainResult(sample, profile, dead);
    }
}
