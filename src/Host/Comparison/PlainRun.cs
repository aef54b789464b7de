using System.Diagnostics;
using Mailroom.Advice;
using Mailroom.Client;
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

    private const int Looks = 64;

    public static async Task<PlainResult> RunAsync(Catalogue catalogue, JobRequest request, int workers, CancellationToken cancellation)
    {
        var idle = Usage.Now("host").MemoryBytes;
        for (var begun = Stopwatch.GetTimestamp(); ; )
        {
            var result = await OnceAsync(catalogue, request, workers, idle, cancellation);
            if (Stopwatch.GetElapsedTime(begun).TotalSeconds > WarmSeconds)
                return result;
        }
    }

    /// <param name="idle">bytes that the process had before its first run</param>
    private static async Task<PlainResult> OnceAsync(
        Catalogue catalogue,
        JobRequest request,
        int workers,
        long idle,
        CancellationToken cancellation
    )
    {
        var kind = catalogue.Find(request.Kind);
        var work = kind.Bind(request.Arguments.DeepClone().AsObject(), request.Directory);
        var (before, begun) = (Usage.Now("host"), Stopwatch.GetTimestamp());
        var tally = new Tally();
        var (pieces, _) = await work.SplitAsync(new SplitHint(workers, request.Pieces), cancellation);
        using var fold = work.Fold();
        foreach (var piece in pieces)
        {
            var started = Stopwatch.GetTimestamp();
            var result = await TryAsync(work, piece, request.Attempts ?? kind.Attempts ?? 5, tally, cancellation);
            tally.Spent += Stopwatch.GetElapsedTime(started).TotalSeconds;
            // Encoding is not the loop's work, so only a few are looked at.
            if (result is not null && tally.Count % Looks == 0)
                tally.Bytes += work.ResultCodec.Encode(result).Length + work.PieceCodec.Encode(piece).Length;
            tally.Count++;
            if (result is null)
                tally.Dead++;
            else
                fold.Add(result);
        }
        var answer = tally.Dead == 0 || !kind.NeedsEveryPiece ? fold.Finish() : null;
        return tally.Result(answer, Stopwatch.GetElapsedTime(begun).TotalSeconds, before, Usage.Now("host"), idle);
    }

    /// <returns>a result, or null when all attempts have failed</returns>
    private static async Task<object?> TryAsync(IWork work, object piece, int attempts, Tally tally, CancellationToken cancellation)
    {
        object? result = null;
        var started = Stopwatch.GetTimestamp();
        for (var attempt = 1; attempt <= attempts && result is null; attempt++)
        {
            try
            {
                var context = new PieceContext(1, tally.Count, attempt, MayBlock: false, NullLogger.Instance, cancellation);
                var running = work.RunAsync(piece, context);
                tally.Held += Stopwatch.GetElapsedTime(started).TotalSeconds;
                result = await running;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                attempt = error is GiveUpException ? attempts : attempt;
                result = (error as AttemptFailedException)?.Result;
            }
        }
        return result;
    }

    /// <summary>What the loop has come to.</summary>
    private sealed class Tally
    {
        public int Count { get; set; }

        public int Dead { get; set; }

        /// <summary>Seconds of all pieces.</summary>
        public double Spent { get; set; }

        /// <summary>Of these, until each piece awaited something for the first time.</summary>
        public double Held { get; set; }

        /// <summary>Of one piece in <see cref="Looks"/> and its result, encoded.</summary>
        public long Bytes { get; set; }

        public PlainResult Result(Answer? answer, double seconds, Usage before, Usage used, long idle)
        {
            var cpu = used.CpuSeconds - before.CpuSeconds;
            var pause = used.PauseSeconds - before.PauseSeconds;
            using var process = Process.GetCurrentProcess();
            var sample = new Sample(
                seconds,
                cpu,
                0,
                used.AllocatedBytes - before.AllocatedBytes,
                used.Collections - before.Collections,
                pause,
                Math.Max(0, Math.Max(process.PeakWorkingSet64, process.WorkingSet64) - idle),
                answer?.Text,
                answer is null && Dead == Count ? $"{Dead} of {Count} pieces {(Dead == 1 ? "is" : "are")} dead" : null,
                Dead
            );
            // The loop goes on wherever an awaited piece ended, so the process's time is the pieces'.
            var profile =
                Count == 0
                    ? null
                    : new Profile(
                        Count,
                        Spent / Count,
                        Math.Min(cpu, seconds) / Count,
                        Held / Count,
                        pause / Count,
                        Bytes / Math.Ceiling(Count / (double)Looks)
                    );
            return new PlainResult(sample, profile, Dead);
        }
    }
}
