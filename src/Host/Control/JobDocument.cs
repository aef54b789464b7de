using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Mailroom.Batches;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Model;

namespace Mailroom.Host.Control;

/// <summary>A job in JSON, as <c>jobs --json</c> lists it. docs/json.md describes it; its names are a contract.</summary>
internal record JobRow(
    int Job,
    string Kind,
    Technique By,
    JobState State,
    [property: JsonPropertyOrder(2)] PieceCounts Pieces,
    [property: JsonPropertyOrder(2)] double Seconds,
    [property: JsonPropertyOrder(2)] int Workers,
    [property: JsonPropertyOrder(2)] Priority Priority,
    [property: JsonPropertyOrder(2)] DateTime AcceptedAt,
    [property: JsonPropertyOrder(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name = null,
    [property: JsonPropertyOrder(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null
)
{
    public static JobRow Of(JobSummary job) =>
        new(
            job.Job,
            job.Kind,
            job.By,
            job.State,
            job.Pieces,
            Math.Round(job.Seconds, 6),
            job.Workers,
            job.Priority,
            job.AcceptedAt.UtcDateTime,
            job.Name,
            job.Reason
        );

    public JobSummary ToSummary() => new(Job, Kind, By, State, Name, Priority, AcceptedAt, Pieces, Seconds, Workers, Reason);
}

/// <summary>A job with its answer, as <c>send --json</c>, <c>jobs wait</c> and <c>jobs show</c> print it.</summary>
/// <param name="Answer">the answer's own JSON; null while there is none</param>
internal sealed record JobDocument(
    int Job,
    string Kind,
    Technique By,
    JobState State,
    [property: JsonPropertyOrder(1), JsonConverter(typeof(OwnJson))] string? Answer,
    PieceCounts Pieces,
    double Seconds,
    int Workers,
    Priority Priority,
    DateTime AcceptedAt,
    string? Name = null,
    string? Reason = null
) : JobRow(Job, Kind, By, State, Pieces, Seconds, Workers, Priority, AcceptedAt, Name, Reason)
{
    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Notices { get; init; }

    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Because { get; init; }

    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Profile? Profile { get; init; }

    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JobFailure>? Failures { get; init; }

    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JobAttempt>? Attempts { get; init; }

    /// <summary>What a view of the job needs besides; told by the control endpoint.</summary>
    [JsonPropertyOrder(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JobText? Told { get; init; }

    /// <summary>How a job ended, or how it stands.</summary>
    public static JobDocument Of(JobDetail job)
    {
        var row = JobRow.Of(job.Summary);
        return new(
            row.Job,
            row.Kind,
            row.By,
            row.State,
            job.Answer?.Json,
            row.Pieces,
            row.Seconds,
            row.Workers,
            row.Priority,
            row.AcceptedAt,
            row.Name,
            row.Reason
        )
        {
            Notices = job.Answer?.Notices,
            Because = job.Because,
            Profile = job.Profile,
            Failures = job.Failures.IsEmpty ? null : [.. job.Failures.Select(dead => JobFailure.Of(dead))],
        };
    }

    /// <summary>The same with every stack, the attempts that failed, and the last lines that were logged of dead pieces.</summary>
    public static JobDocument Shown(JobDetail job, ILookup<int, LogLine> log) =>
        Detailed(job, dead => new JsonArray([.. log[dead.Piece.Index].Select(line => (JsonNode)line.ToJson())]));

    /// <summary>The same with all that another process needs to show the job as its host would.</summary>
    public static JobDocument Whole(JobDetail job) =>
        Detailed(job, _ => null) with
        {
            Told = new JobText(job.ArgumentsJson, job.Answer?.Text, job.Answer?.IsExact ?? false, job.Answer?.File),
        };

    /// <summary>What <see cref="Whole"/> was made of.</summary>
    public JobDetail ToDetail() =>
        new(
            ToSummary(),
            Told?.Arguments ?? "{}",
            Answer is null ? null : new Answer(Answer, Told?.Text ?? "", Notices, Told?.IsExact ?? false, Told?.File),
            [.. (Failures ?? []).Select(dead => dead.ToOutcome())],
            [.. (Attempts ?? []).Select(attempt => attempt.ToOutcome())],
            Because,
            Profile
        );

    private static JobDocument Detailed(JobDetail job, Func<Outcome, JsonArray?> log) =>
        Of(job) with
        {
            Failures = job.Failures.IsEmpty
                ? null
                : [.. job.Failures.Select(dead => JobFailure.Of(dead) with { Detail = Contract.Element(dead.Detail), Log = log(dead) })],
            Attempts = job.Attempts.IsEmpty ? null : [.. job.Attempts.Select(JobAttempt.Of)],
        };
}

/// <summary>What is shown of a job beside what scripts read.</summary>
/// <param name="Arguments">the kind's checked and completed arguments</param>
/// <param name="Text">the answer for people; see <see cref="Kinds.Answer"/> for the rest</param>
internal sealed record JobText(
    [property: JsonConverter(typeof(OwnJson))] string Arguments,
    string? Text,
    bool IsExact = false,
    string? File = null
);

/// <summary>What a job was asked to do, in JSON.</summary>
/// <param name="Request">as it was sent</param>
/// <param name="Workers">that its pieces were made for</param>
internal sealed record JobOrderDocument(
    JobRow Job,
    [property: JsonConverter(typeof(OwnJson))] string Request,
    [property: JsonConverter(typeof(OwnJson))] string Arguments,
    string KindVersion,
    int Workers,
    DateTime BegunAt,
    string? Id = null
)
{
    public static JobOrderDocument Of(AcceptedJob job) =>
        new(
            JobRow.Of(job.Summary),
            job.Order.RequestJson,
            job.Order.ArgumentsJson,
            job.Order.KindVersion,
            job.Order.Workers,
            job.BegunAt.UtcDateTime,
            job.Order.Id
        );

    public AcceptedJob ToJob() => new(Job.ToSummary(), new JobOrder(Request, Arguments, KindVersion, Workers, Id), BegunAt);
}

/// <summary>JSON that a kind has written stands in Mailroom's as it is, not as a text.</summary>
internal sealed class OwnJson : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        return json.RootElement.GetRawText();
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteRawValue(value);
}
