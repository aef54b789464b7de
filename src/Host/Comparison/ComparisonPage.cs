using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mailroom.Jobs;

namespace Mailroom.Host.Comparison;

/// <summary>A comparison as a page that needs nothing but itself.</summary>
internal static class ComparisonPage
{
    private static readonly string[] Columns =
    [
        "seconds",
        "least",
        "most",
        "speedup",
        "cpuSeconds",
        "computing",
        "waiting",
        "overhead",
        "wireBytes",
        "allocatedBytes",
        "collections",
        "pauseSeconds",
        "peakBytes",
    ];

    public static string Html(JsonObject comparison, JobRequest request)
    {
        var verdict = comparison["verdict"]!;
        var rows = new List<JsonObject> { (JsonObject)comparison["sequential"]!.DeepClone() };
        rows[0]["by"] = "sequential";
        rows.AddRange(comparison["techniques"]!.AsArray().Select(row => (JsonObject)row!));
        var html = new StringBuilder();
        html.Append(
            CultureInfo.InvariantCulture,
            $$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>{{Safe(request.Kind)}} by threads, processes and async</title>
            <style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
            td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}
            table{border-collapse:collapse;font-size:.85rem}.wide{overflow-x:auto}svg text{font:13px system-ui}</style>
            <h1>{{Safe(request.Kind)}}: {{Safe((string)verdict["by"]!)}}</h1>
            <p>{{Safe((string)verdict["because"]!)}}. Confidence: {{Safe((string)verdict["confidence"]!)}}.</p>
            <p>{{Safe((string)verdict["wouldChange"]!)}}</p><p><code>{{Safe((string)verdict["command"]!)}}</code></p>
            """
        );
        Bars(html, rows);
        Table(html, rows);
        if (comparison["predictions"] is JsonArray predictions)
            Estimates(html, predictions);
        return html.Append("</html>\n").ToString();
    }

    private static void Table(StringBuilder html, List<JsonObject> rows)
    {
        html.Append("<div class=wide><table><tr><th>by</th>")
            .AppendJoin("", Columns.Select(column => $"<th>{column}</th>"))
            .Append("<th>answer</th></tr>");
        foreach (var row in rows)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{row["by"]}</td>")
                .AppendJoin("", Columns.Select(column => $"<td>{row[column]}</td>"));
            html.Append(
                CultureInfo.InvariantCulture,
                $"<td>{(row["died"] is { } died ? Safe((string)died!) : (bool)row["answerMatches"]! ? "the same" : "another")}</td></tr>"
            );
        }
        html.Append("</table></div>");
    }

    private static void Estimates(StringBuilder html, JsonArray predictions)
    {
        html.Append("<h2>Estimated</h2><div class=wide><table><tr><th>by</th><th>workers</th><th>seconds</th></tr>");
        foreach (var row in predictions)
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{row!["by"]}</td><td>{row["workers"]}</td><td>{row["seconds"]}</td></tr>");
        html.Append("</table></div>");
    }

    // The bar is the median, the line from the fastest run to the slowest.
    private static void Bars(StringBuilder html, List<JsonObject> rows)
    {
        var alive = rows.Where(row => row["died"] is null).ToList();
        var longest = alive.Max(row => (double)row["most"]!);
        html.Append(
            CultureInfo.InvariantCulture,
            $"<svg viewBox='0 0 800 {(alive.Count * 34) + 4}' width='100%' role='img' aria-label='wall time by technique'>"
        );
        foreach (var (row, i) in alive.Select((row, i) => (row, i)))
        {
            var y = (i * 34) + 6;
            double At(string name) => 110 + (560 * (double)row[name]! / longest);
            html.Append(
                CultureInfo.InvariantCulture,
                $"<text x='0' y='{y + 17}'>{row["by"]}</text><rect x='110' y='{y}' width='{At("seconds") - 110:0.#}' height='24' "
                    + $"fill='#4a7ebb'/>"
            );
            html.Append(
                CultureInfo.InvariantCulture,
                $"<line x1='{At("least"):0.#}' x2='{At("most"):0.#}' y1='{y + 12}' y2='{y + 12}' stroke='#222' "
                    + $"stroke-width='2'/><text x='{At("most") + 8:0.#}' y='{y + 17}'>{(double)row["seconds"]!:0.###} s</text>"
            );
        }
        html.Append("</svg>");
    }

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
