using System.Text.Json;
using System.Text.Json.Nodes;
using Mailroom.Input;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Host.Console;

/// <summary>The JSON that scripts read; its names are a contract.</summary>
internal static class JobJson
{
    public static JsonSerializerOptions Options => Codec.JsonOptions;

    /// <summary>
    /// A job as <c>jobs show</c> prints it: with every stack, the attempts that failed, and the last lines that were logged of dead pieces.
    /// </summary>
    public static JsonObject Everything(JobDetail detail, ILookup<int, LogLine> log)
    {
        var json = Document(detail);
        foreach (var (failure, row) in detail.Failures.Zip(json["failures"]?.AsArray() ?? []))
        {
            row!["detail"] = failure.Detail;
            row["log"] = new JsonArray([.. log[failure.Piece].Select(line => (JsonNode)line.ToJson())]);
        }
        if (detail.Attempts.Length > 0)
            json["attempts"] = JsonSerializer.SerializeToNode(detail.Attempts, Options);
        return json;
    }

    /// <summary>A job as <c>send --json</c> and <c>jobs wait</c> print it.</summary>
    public static JsonObject Document(JobDetail detail)
    {
        var json = Row(detail.Summary);
        json.Insert(json.IndexOf("state") + 1, "answer", detail.Answer is { } answer ? JsonNode.Parse(answer.Json) : null);
        if (detail.Answer?.Notices is { } notices)
            json.Insert(json.IndexOf("answer") + 1, "notices", JsonSerializer.SerializeToNode(notices, Options));
        if (detail.Because is not null)
            json["because"] = detail.Because;
        if (detail.Profile is not null)
            json["profile"] = JsonSerializer.SerializeToNode(detail.Profile, Options);
        if (detail.Failures.Length > 0)
            json["failures"] = new JsonArray([
                .. detail.Failures.Select(failure =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["piece"] = failure.Piece,
                            ["attempts"] = failure.Attempts,
                            ["reason"] = failure.Reason,
                            ["node"] = failure.Node,
                        }
                ),
            ]);
        return json;
    }

    /// <summary>A job as <c>jobs --json</c> lists it: the same without answer and failures.</summary>
    public static JsonObject Row(JobSummary job)
    {
        var json = new JsonObject
        {
            ["job"] = job.Job,
            ["kind"] = job.Kind,
            ["by"] = job.By.Word(),
            ["state"] = job.State.Word(),
            ["pieces"] = new JsonObject
            {
                ["total"] = job.Pieces.Total,
                ["done"] = job.Pieces.Done,
                ["dead"] = job.Pieces.Dead,
                ["retried"] = job.Pieces.Retried,
                ["stale"] = job.Pieces.Stale,
            },
            ["seconds"] = Math.Round(job.Seconds, 6),
            ["workers"] = job.Workers,
            ["priority"] = job.Priority.Word(),
            ["acceptedAt"] = job.AcceptedAt.UtcDateTime,
        };
        if (job.Name is not null)
            json["name"] = job.Name;
        if (job.Reason is not null)
            json["reason"] = job.Reason;
        return json;
    }
}
