using Mailroom.Advice;
using Mailroom.Host.Terminals;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Comparison;

/// <summary>A comparison for people.</summary>
internal static class ComparisonView
{
    private const int BarWidth = 40;

    /// <param name="command">with which to run the job from now on</param>
    public static void Print(Terminal terminal, Figures figures, Verdict verdict, string command)
    {
        PrintTable(terminal, figures.Times);
        terminal.Data(figures.Shares);
        foreach (var note in figures.Result.Peers.Notes)
            terminal.Data(Visible.Text(note));
        terminal.Data("");
        PrintTable(terminal, figures.Use);
        terminal.Data("");
        PrintBars(terminal, figures.WithPeers);
        terminal.Data("");
        var (host, nodes) = figures.Result.Startup;
        terminal.Data($"start-up, not counted above: host {Figures.Time(host)}, with nodes {Figures.Time(nodes)}");
        if (figures.Piece is { } piece)
            terminal.Data(piece);
        if (figures.Estimates is { Count: > 0 } estimates)
        {
            terminal.Data("");
            PrintTable(terminal, estimates);
        }
        terminal.Data("");
        terminal.Data($"verdict    {verdict.By.Word()} (confidence: {verdict.Confidence.Word()})");
        terminal.Data($"because    {Visible.Text(verdict.Because)}");
        if (verdict.WouldChange.Length > 0)
            terminal.Data($"otherwise  {verdict.WouldChange}");
        terminal.Data($"from now   {command}");
    }

    private static void PrintTable(Terminal terminal, IReadOnlyList<string[]> rows) =>
        terminal.Table(rows[0], rows.Skip(1), stretch: rows[0].Length - 1);

    private static void PrintBars(Terminal terminal, IReadOnlyList<Runs> all)
    {
        var width = all.Max(runs => runs.Name.Length) + 1;
        var longest = all.Where(runs => runs.Died is null).Max(runs => runs.Seconds);
        foreach (var runs in all.Where(runs => runs.Died is null))
        {
            var bar = new string('#', Math.Max(1, (int)(BarWidth * runs.Seconds / longest)));
            terminal.Data($"{runs.Name.PadRight(width)}{bar} {Figures.Time(runs.Seconds)}");
        }
        foreach (var runs in all.Where(runs => runs.Died is not null))
            terminal.Data($"{runs.Name.PadRight(width)}no answer: {Visible.Text(runs.Died!)}");
    }
}
