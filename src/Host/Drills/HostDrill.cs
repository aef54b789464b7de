using System.Diagnostics;
using Mailroom.Host.Launch;
using Mailroom.Input;
using Mailroom.Journal.Sqlite;
using Mailroom.Kinds;

namespace Mailroom.Host.Drills;

/// <summary>Kills a host in the middle of a job and starts it again; a host of its own, in a folder of its own.</summary>
internal sealed class HostDrill(int pieces)
{
    private const string Name = "kill-host";

    // What is promised of a restart with so many pieces pending.
    private static readonly TimeSpan MostToResume = TimeSpan.FromSeconds(3);

    // Or so many times what the first host took to start, on a machine that is slow or busy.
    private const double Starts = 3;

    public async Task<DrillReport> RunAsync(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("mailroom-drill-host").FullName;
        try
        {
            return await RunAsync(folder, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<DrillReport> RunAsync(string folder, CancellationToken cancellation)
    {
        using var trace = new Trace();
        var job = new DrillJob(Name, pieces, Technique.Threads, trace);
        double without;
        int pid;
        var begin = Stopwatch.GetTimestamp();
        double start;
        await using (var first = await ChildHost.StartAsync(folder, ["--nodes", "1"], cancellation))
        {
            start = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            pid = first.Pid;
            without = await DrillJob.SecondsAsync(Name, first.Mailroom, pieces, Technique.Threads, cancellation);
            await job.SendAsync(first.Mailroom);
            await job.UnderWayAsync(first.Mailroom, cancellation);
            await first.KillAsync(cancellation);
        }
        var recorded = Recorded(folder, job.Number);
        var at = Stopwatch.GetTimestamp();
        await using var second = await ChildHost.StartAsync(folder, ["--nodes", "1"], cancellation);
        await ResumedAsync(job, second, recorded, cancellation);
        var back = Stopwatch.GetElapsedTime(at).TotalSeconds;
        var end = await job.EndAsync(second.Mailroom, cancellation);
        var begun = trace.Read();
        return Drills.Report(
            Name,
            $"kill -9 of the host (process {pid}) with {recorded} pieces recorded, and started again",
            pieces,
            end,
            deadWanted: 0,
            begun,
            without,
            begun.Count > pieces + (pieces - recorded) ? ["pieces ran again that were recorded"] : [],
            Late(Math.Max(MostToResume.TotalSeconds, Starts * start), back)
        ) with
        {
            BackAfter = back,
        };
    }

    private static string[] Late(double most, double back) =>
        back > most ? [$"the job went on after {back:0.0} s; at most {most:0.0} s are promised"] : [];

    /// <summary>What the journal of a dead host says.</summary>
    private static int Recorded(string folder, int job)
    {
        using var journal = SqliteJournal.Open(StateFolder.At(folder).Journal);
        return journal.Read(job)?.Summary.Pieces.Done
            ?? throw new UserError($"drill: job {job} was accepted and is not in the journal", ExitCode.JobFailed);
    }

    private static async Task ResumedAsync(DrillJob job, ChildHost host, int recorded, CancellationToken cancellation)
    {
        await foreach (var now in host.Mailroom.FollowAsync(job.Number, cancellation))
            if (now.Summary.HasEnded || now.Summary.Pieces.Done > recorded)
                return;
    }
}
