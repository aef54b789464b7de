using Mailroom.Client;
using Mailroom.Host.Control;
using Mailroom.Input;
using Mailroom.Model;

namespace Mailroom.Host.Drills;

/// <summary>The faults that can be tried, and what is promised whatever the fault.</summary>
internal static class Drills
{
    /// <summary>Each drill's name, what it does, and how it is run; one that brings its own host gets none.</summary>
    public static readonly (
        string Name,
        string Help,
        bool OwnHost,
        Func<IMailroom?, int, CancellationToken, Task<DrillReport>> RunAsync
    )[] All =
    [
        (
            "kill-node",
            "Kill a node with -9 in the middle of a job.",
            false,
            (mailroom, pieces, cancellation) => new NodeDrill(mailroom!, pieces, hang: false).RunAsync(cancellation)
        ),
        (
            "hang-node",
            "Stop a node with SIGSTOP: it holds its connection and answers nothing.",
            false,
            (mailroom, pieces, cancellation) => new NodeDrill(mailroom!, pieces, hang: true).RunAsync(cancellation)
        ),
        (
            "poison",
            "A piece that always throws, among good ones.",
            false,
            (mailroom, pieces, cancellation) => new PieceDrill(mailroom!, pieces, crash: false).RunAsync(cancellation)
        ),
        (
            "crash-piece",
            "A piece that always ends its process, among good ones.",
            false,
            (mailroom, pieces, cancellation) => new PieceDrill(mailroom!, pieces, crash: true).RunAsync(cancellation)
        ),
        (
            "kill-host",
            "Kill a host with -9 in the middle of a job, and start it again; a host of the drill's own.",
            true,
            (_, pieces, cancellation) => new HostDrill(pieces).RunAsync(cancellation)
        ),
    ];

    /// <summary>Holds the end of a job against the promise: every piece at least once, every result exactly once.</summary>
    /// <param name="deadWanted">poison pieces, which shall have no result</param>
    /// <param name="broken">what was broken besides</param>
    /// <param name="late">what came later than promised</param>
    public static DrillReport Report(
        string drill,
        string what,
        int pieces,
        JobDetail end,
        int deadWanted,
        IReadOnlyList<Trace.Begun> begun,
        double without,
        List<string> broken,
        params IReadOnlyList<string> late
    )
    {
        var summary = end.Summary;
        var everBegun = begun.Select(one => one.Piece).Distinct().Count();
        var lost = Math.Max(pieces - deadWanted - DrillJob.Ran(end), pieces - everBegun);
        var twice = Math.Max(DrillJob.Twice(end), summary.Pieces.Done - DrillJob.Ran(end));
        var wanted = deadWanted > 0 ? JobState.Failed : JobState.Completed;
        if (lost > 0)
            broken.Add($"{lost} pieces have no result");
        if (twice > 0)
            broken.Add($"{twice} results were recorded twice");
        if (summary.State != wanted)
            broken.Add($"job {summary.Job} is {summary.State.Word()}: {summary.Reason}");
        return new DrillReport(
            drill,
            what,
            pieces,
            null,
            null,
            null,
            null,
            begun.Count,
            lost,
            twice,
            summary.Seconds,
            without,
            broken,
            late
        );
    }
}
