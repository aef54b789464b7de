using System.Text.Json;
using CsvHelper;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Host.Console;

/// <summary>The rows of an answer as CSV (RFC 4180): one for each element of its list, a column for each property.</summary>
internal static class JobExport
{
    /// <param name="isSafe">whether a spreadsheet may take no text for a formula</param>
    /// <exception cref="UserError">the job has no answer, or one without rows</exception>
    public static string Csv(JobDetail job, bool isSafe = false)
    {
        using var json = Answer(job);
        var rows = RowsOf(job, json);
        if (rows.Count == 0)
            return "";
        var text = new StringWriter();
        using var csv = CsvWriter.Create(text, CsvWriterOptions.Default with { NewLine = "\n" }, leaveOpen: true);
        var columns = rows.SelectMany(row => row.EnumerateObject().Select(property => property.Name)).Distinct().ToArray();
        csv.WriteRecord(columns);
        foreach (var row in rows)
            csv.WriteRecord([.. columns.Select(column => row.TryGetProperty(column, out var value) ? Field(value, isSafe) : "")]);
        csv.Flush();
        return text.ToString();
    }

    /// <summary>The same rows as a list of objects.</summary>
    /// <exception cref="UserError">the job has no answer, or one without rows</exception>
    public static string Json(JobDetail job)
    {
        using var json = Answer(job);
        return Visible.Json(JsonSerializer.Serialize(RowsOf(job, json), Codec.JsonOptions)) + "\n";
    }

    private static JsonDocument Answer(JobDetail job) =>
        job.Answer is { } answer
            ? JsonDocument.Parse(answer.Json)
            : throw new UserError(
                $"job {job.Summary.Job} has no answer to export, it is {job.Summary.State.Word()}; 'mailroom jobs show "
                    + $"{job.Summary.Job}' tells more",
                ExitCode.Refused
            );

    private static List<JsonElement> RowsOf(JobDetail job, JsonDocument answer) =>
        Rows(answer.RootElement)
        ?? throw new UserError(
            $"the answer of job {job.Summary.Job} has no rows; 'mailroom jobs show {job.Summary.Job} --json' prints it",
            ExitCode.Refused
        );

    /// <summary>The answer itself if it is a list of objects, or the first of its properties that is one.</summary>
    private static List<JsonElement>? Rows(JsonElement answer) =>
        answer.ValueKind switch
        {
            JsonValueKind.Array when answer.EnumerateArray().All(row => row.ValueKind == JsonValueKind.Object) =>
            [
                .. answer.EnumerateArray(),
            ],
            JsonValueKind.Object => answer
                .EnumerateObject()
                .Where(property => property.Value.ValueKind == JsonValueKind.Array)
                .Select(property => Rows(property.Value))
                .FirstOrDefault(rows => rows is not null),
            _ => null,
        };

    private static string Field(JsonElement value, bool isSafe) =>
        value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.String when value.GetString() is var text && isSafe && IsFormula(text!) => "'" + text,
            JsonValueKind.String => value.GetString()!,
            _ => value.GetRawText(),
        };

    // What spreadsheets take for a formula (OWASP, CSV Injection); an apostrophe before it makes it text.
    private static bool IsFormula(string text) =>
        text.Length > 0 && text[0] is ('=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠');
}
