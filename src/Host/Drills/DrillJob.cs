using System.Text.Json.Nodes;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Host.Control;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Host.Drills;

/// <summary>The job of a drill: pieces of the kind <c>practice</c>, each a millisecond of work, which note what really ran.</summary>
internal sealed class DrillJob(string drill, int pieces, Technique by, Trace trace, params (string Name, JsonNode Value)[] faults)
    : IAsyncDisposable
{
    private readonly JobRequest _request = new(
        "practice",
        new JsonObject([
            new("count", pieces),
            new("work", "1ms"),
            new("trace", trace.Folder),
            .. faults.Select(fault => KeyValuePair.Create(fault.Name, (JsonNode?)fault.Value)),
        ]),
        Disk.Current,
        by,
        Name: $"drill {drill}"
    );

    // Where it still runs, as far as is known.
    private IMailroom? _runsIn;

    public int Number { get; private set; }

    public async Task SendAsync(IMailroom mailroom)
    {
        Number = await mailroom.SendAsync(_request, CancellationToken.None); // or nobody would know its number
        _runsIn = mailroom;
    }

    /// <summary>A drill that is broken off leaves nothing running.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_runsIn is not { } mailroom)
            return;
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15)); // a host may be frozen
            await mailroom.CancelAsync(Number, patience.Token);
        }
        catch (Exception error) when (error is UserError { ExitCode: ExitCode.Unreachable } or OperationCanceledException)
        {
            // The host has gone away, as whoever waited for the job was told, and how to end what is left of it.
        }
    }

    /// <summary>Waits until a tenth of the pieces is done.</summary>
    public async Task UnderWayAsync(IMailroom mailroom, CancellationToken cancellation)
    {
        await foreach (var detail in mailroom.FollowAsync(Number, cancellation))
        {
            var job = detail.Summary;
            if (job.HasEnded)
                throw new UserError(
                    $"drill: job {Number} {job.State.Word()} before there was time for the fault: {job.Reason}; give it more --pieces",
                    ExitCode.JobFailed
                );
            Check(job);
            if (job.Pieces.Done >= pieces / 10)
                return;
        }
    }

    public async Task<JobDetail> EndAsync(IMailroom mailroom, CancellationToken cancellation)
    {
        var end = await mailroom.EndAsync(Number, cancellation, detail => Check(detail.Summary));
        _runsIn = null;
        return end;
    }

    /// <summary>Nobody brings what it waits for while the drill waits for it.</summary>
    private static void Check(JobSummary job)
    {
        if (job is { HasEnded: false, Reason: { } waitsFor })
            throw new UserError($"drill: job {job.Job} waits: {waitsFor}", ExitCode.JobFailed);
    }

    /// <summary>The same job without any fault, for comparison: how long it takes.</summary>
    public static async Task<double> SecondsAsync(
        string drill,
        IMailroom mailroom,
        int pieces,
        Technique by,
        CancellationToken cancellation
    )
    {
        using var trace = new Trace();
        await using var job = new DrillJob(drill, pieces, by, trace);
        await job.SendAsync(mailroom);
        return (await job.EndAsync(mailroom, cancellation)).Summary.Seconds;
    }

    /// <summary>How often results were recorded beyond a piece's first.</summary>
    public static int Twice(JobDetail end) => end.Answer is { } answer ? (int)JsonNode.Parse(answer.Json)!["twice"]! : 0;

    /// <summary>Pieces whose result counts.</summary>
    public static int Ran(JobDetail end) => end.Answer is { } answer ? (int)JsonNode.Parse(answer.Json)!["ran"]! : 0;
}
