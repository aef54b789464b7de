using System.Text.Json.Nodes;
using Mailroom.Host.Control;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Drills;

/// <summary>Puts a poison piece among good ones: one that always throws, or one that always ends its process.</summary>
internal sealed class PieceDrill(IMailroom mailroom, int pieces, bool crash)
{
    private string Name => crash ? "crash-piece" : "poison";

    public async Task<DrillReport> RunAsync(CancellationToken cancellation)
    {
        var without = await DrillJob.SecondsAsync(Name, mailroom, pieces, Technique.Processes, cancellation);
        var poison = pieces / 2;
        using var trace = new Trace();
        await using var job = new DrillJob(
            Name,
            pieces,
            Technique.Processes,
            trace,
            (crash ? "crashAt" : "failAt", JsonValue.Create(poison))
        );
        await job.SendAsync(mailroom);
        var end = await job.EndAsync(mailroom, cancellation);
        var begun = trace.Read();
        var broken = new List<string>();
        if (end.Failures is not [var dead] || dead.Piece.Index != poison)
            broken.Add(
                $"the dead pieces are {string.Join(", ", end.Failures.Select(dead => dead.Piece.Index))}, but it should be {poison} alone"
            );
        else if (string.IsNullOrEmpty(dead.Reason) || (!crash && dead.Detail is null))
            broken.Add("the dead piece has no readable reason");
        var tried = begun.Count(one => one.Piece == poison);
        return Drills.Report(
            Name,
            $"piece {poison} always {(crash ? "ends its process" : "throws")}: dead after {Quantity.Of(tried, "attempt")}, "
                + $"{end.Failures.FirstOrDefault()?.Reason}",
            pieces,
            end,
            deadWanted: 1,
            begun,
            without,
            broken
        );
    }
}
