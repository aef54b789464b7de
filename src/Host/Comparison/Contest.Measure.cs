using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Mailroom.Advice;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Host.Control;
using Mailroom.Host.Launch;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Nodes;

namespace Mailroom.Host.Comparison;

/// <remarks>One measurement of each sort.</remarks>
internal sealed partial class Contest
{
    /// <summary>
    /// What a piece costs that does nothing, by each technique on this machine, and what it seems to cost when it is measured.
    /// </summary>
    private async Task<(Overheads Overheads, Profile Empty)> CalibrateAsync(CancellationToken cancellation)
    {
        say("calibrating with empty pieces");
        var seconds = new Dictionary<Technique, double>();
        var job = double.MaxValue;
        foreach (var round in Enumerable.Range(0, 4))
        foreach (var technique in Enum.GetValues<Technique>())
        {
            seconds[technique] = Math.Min(
                seconds.GetValueOrDefault(technique, double.MaxValue),
                await EmptyAsync(technique, CalibrationPieces)
            );
            job = Math.Min(job, await EmptyAsync(technique, 1));
        }
        var empty =
            await ProfileAsync(Empty(Technique.Threads, CalibrationPieces), cancellation)
            ?? throw new InvalidOperationException("empty pieces ended the host");
        return (
            Overheads.Usual with
            {
                Piece = seconds.ToImmutableDictionary(pair => pair.Key, pair => Math.Max(0, pair.Value - job) / CalibrationPieces),
                Job = job,
            },
            empty
        );

        async Task<double> EmptyAsync(Technique technique, int pieces) =>
            (await (await HostAsync(technique, cancellation)).RunAsync(Empty(technique, pieces), cancellation)).Summary.Seconds;

        JobRequest Empty(Technique technique, int pieces) => new("practice", new() { ["count"] = pieces }, _folder, technique);
    }

    // How much longer a piece computes when all workers do; where pieces hardly compute, that says nothing.
    private static double Crowding(Profile together, Profile alone) =>
        together.Workers == 1 || alone.Waiting > 0.5
            ? 1
            : Math.Clamp(together.CpuSeconds / alone.CpuSeconds, 1, Environment.ProcessorCount);

    /// <summary>Has pieces measured by the host's threads for a while, in a run that does not count.</summary>
    private async Task<Profile?> ProfileAsync(JobRequest job, CancellationToken cancellation)
    {
        try
        {
            var mailroom = await HostAsync(Technique.Threads, cancellation);
            var begun = Stopwatch.GetTimestamp();
            var number = await mailroom.SendAsync(job with { By = Technique.Threads, Workers = null, IsMeasured = true }, cancellation);
            Profile? profile = null;
            await foreach (var detail in mailroom.FollowAsync(number, cancellation))
            {
                profile = detail.Profile;
                if (!detail.Summary.HasEnded && profile is not null && Stopwatch.GetElapsedTime(begun) > ProfileTime)
                    return (await mailroom.CancelAsync(number, cancellation)).Profile;
            }
            return profile;
        }
        catch (UserError error) when (error.ExitCode == ExitCode.Unreachable)
        {
            return null; // a piece ended the host; the plain loop's profile has to do
        }
    }

    private async Task<Sample> SampleAsync(Technique technique, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var mailroom = await HostAsync(technique, cancellation);
            var before = await mailroom.UsageAsync(cancellation);
            _idle.TryAdd(technique, before.Sum(usage => usage.MemoryBytes));
            begun = Stopwatch.GetTimestamp();
            using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var peak = PeakAsync(mailroom, watch.Token);
            var end = await mailroom.RunAsync(request with { By = technique, Workers = null }, cancellation);
            await watch.CancelAsync();
            await Task.Delay(Heartbeat * 2, cancellation); // until the nodes have told
            var after = await mailroom.UsageAsync(cancellation);
            return new Sample(
                end.Summary.Seconds,
                Used(usage => usage.CpuSeconds),
                after[0].WireBytes - before[0].WireBytes,
                (long)Used(usage => usage.AllocatedBytes),
                (int)Used(usage => usage.Collections),
                Used(usage => usage.PauseSeconds),
                Math.Max(0, await peak - _idle[technique]),
                end.Answer?.Text,
                IsWhole(end.Summary) ? null : end.Summary.Reason ?? "it failed",
                end.Summary.Pieces.Dead
            );

            // A node that was started again has begun to count anew.
            double Used(Func<Usage, double> of) =>
                after.Sum(now => of(now) - (before.FirstOrDefault(was => was.Pid == now.Pid) is { } then ? of(then) : 0));
        }
        catch (UserError error) when (error.ExitCode == ExitCode.Unreachable && _hosts.ContainsKey(technique))
        {
            var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            return Sample.Ended(took, $"a piece ended the host ({await _hosts[technique].EndAsync(cancellation)})");
        }
    }

    // A job some of whose pieces fail, wherever they run, is compared all the same: it has run to its end.
    private static bool IsWhole(JobSummary job) =>
        job.State == JobState.Completed
        || (job.State == JobState.Failed && job.Pieces.Done > 0 && job.Pieces.Done + job.Pieces.Dead == job.Pieces.Total);

    private static async Task<long> PeakAsync(IMailroom mailroom, CancellationToken until)
    {
        long peak = 0;
        while (!until.IsCancellationRequested)
        {
            try
            {
                peak = Math.Max(peak, (await mailroom.UsageAsync(until)).Sum(usage => usage.MemoryBytes));
                await Task.Delay(LookEvery, until);
            }
            catch (Exception error) when (error is OperationCanceledException or UserError)
            {
                break; // the run is over, or its host is
            }
        }
        return peak;
    }

    /// <summary>The plain loop in a process of its own.</summary>
    private async Task<PlainResult> PlainAsync(CancellationToken cancellation)
    {
        var start = OwnProgram.Start(
            OwnProgram.Host,
            ["plain", "--workers", $"{workers}", .. options.Kinds.SelectMany(file => new[] { "--kinds", file })]
        );
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        var begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.StandardInput.WriteAsync(JsonSerializer.Serialize(request, Codec.JsonOptions));
            process.StandardInput.Close();
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode == 0)
                return JsonSerializer.Deserialize<PlainResult>(output, Codec.JsonOptions)!;
            var reason = new NodeExit(process.ExitCode, await error).Reason;
            var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            return new PlainResult(Sample.Ended(took, $"the loop ended with its process ({reason})"), null, 0);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
