using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Mailroom.Advice;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Comparison;

/// <summary>A comparison as a page that needs nothing but itself, and fits a phone.</summary>
internal static class ComparisonPage
{
    /// <summary>Numbers of workers that the page estimates for.</summary>
    public static IReadOnlyList<int> Workers { get; } = [1, 2, 4, 8, 16];

    private const string Style = """
        :root{color-scheme:light dark;--ink:#1d2333;--soft:#667;--rule:#ccd;--paper:#fff;--sequential:#8a8f9c;--threads:#2f6fb7;
        --processes:#c2571a;--async:#2c8c5a}
        @media(prefers-color-scheme:dark){:root{--ink:#e6e8ee;--soft:#9aa;--rule:#445;--paper:#171a22;--threads:#6ca6ea;--processes:#e88d55;
        --async:#5cc08b}}
        *{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;padding:1.5rem 1rem 3rem;max-width:54rem;
        color:var(--ink);background:var(--paper)}h1{margin:0}h2{margin:2rem 0 .5rem;font-size:1.1rem}p{margin:.5rem 0}
        code{overflow-wrap:anywhere}.soft{color:var(--soft);font-size:.85rem}.wide{overflow-x:auto}
        table{border-collapse:collapse;font-size:.9rem;width:100%}td,th{padding:.3rem .6rem;text-align:right;white-space:nowrap;
        border-bottom:1px solid var(--rule)}th{font-weight:600;color:var(--soft)}td:first-child,th:first-child{text-align:left}
        svg{display:block;width:100%;height:auto}svg text{font:14px system-ui,sans-serif;fill:var(--ink)}svg .soft{fill:var(--soft)}
        """;

    /// <param name="command">by which it was made</param>
    public static string Html(Figures figures, Verdict verdict, string command, string next, string version, DateTimeOffset now)
    {
        var kind = Safe(figures.Result.Kind);
        var html = new StringBuilder();
        html.Append(
            CultureInfo.InvariantCulture,
            $"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>{kind} by threads, processes and async</title><style>{Style}</style></head><body>
            <h1>{kind}: {Safe(verdict.By.Word())}</h1>
            <p>{Safe(Sentence(verdict.Because))} Confidence: {Safe(verdict.Confidence.Word())}.</p>
            {(verdict.WouldChange.Length > 0 ? $"<p>Otherwise: {Safe(verdict.WouldChange)}.</p>" : "")}
            <p>From now on: <code>{Safe(next)}</code></p>
            <h2>Wall time</h2>{BarChart.Of(figures.WithPeers)}
            <p class="soft">The bar is the median of {figures.Result.Sequential.Samples.Count}, the line is its spread.</p>
            """
        );
        if (figures.Predictions.Count > 0 && figures.Result.Sequential.Died is null)
            html.Append("<h2>Speed-up by workers</h2>")
                .Append(SpeedupChart.Of(figures))
                .Append("<p class=\"soft\">The lines are estimated from what a piece is like, the dots were measured.</p>");
        Table(html, "Times", figures.Times);
        html.Append(
            CultureInfo.InvariantCulture,
            $"<p class=\"soft\">{Safe(string.Join(" ", figures.Result.Peers.Notes.Prepend(figures.Shares).Select(Sentence)))}</p>"
        );
        Table(html, "What was used", figures.Use);
        if (figures.Estimates is { Count: > 0 } estimates)
            Table(html, "Estimates", estimates);
        Circumstances(html, figures, command, version, now);
        return html.ToString();
    }

    private static void Circumstances(StringBuilder html, Figures figures, string command, string version, DateTimeOffset now)
    {
        var (host, nodes) = figures.Result.Startup;
        html.Append(
            CultureInfo.InvariantCulture,
            $"""
            <h2>How it was measured</h2>
            <p><code>{Safe(command)}</code></p>
            <p class="soft">{Safe(Sentence(figures.Piece ?? "no piece could be measured"))}
            Not counted: the start of a host, {Figures.Time(host)}, with its nodes {Figures.Time(nodes)}.<br>
            {now.UtcDateTime:yyyy-MM-dd HH:mm} UTC, mailroom {Safe(version)}, {Safe(RuntimeInformation.FrameworkDescription)},
            {Safe(RuntimeInformation.OSDescription)}, {Safe(RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant())},
            {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB.</p></body></html>

            """
        );
    }

    private static void Table(StringBuilder html, string title, IReadOnlyList<string[]> rows)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2><div class=\"wide\"><table><tr>")
            .AppendJoin("", rows[0].Select(head => $"<th>{Safe(head.ToLowerInvariant())}</th>"))
            .Append("</tr>");
        foreach (var row in rows.Skip(1))
            html.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Safe(cell)}</td>")).Append("</tr>");
        html.Append("</table></div>");
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..] + ".";

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
