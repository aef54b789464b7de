using System.Text.Json;
using System.Text.Json.Serialization;
using Mailroom.Kinds;

namespace Mailroom.Client;

/// <summary>A job with its answer, as <c>send --json</c>, <c>jobs wait</c> and <c>jobs show</c> print it.</summary>
/// <param name="Answer">the answer's own JSON; null while there is none</param>
public sealed record JobDocument(
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
    /// <summary>What people should know beside the answer, or null.</summary>
    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Notices { get; init; }

    /// <summary>Why it is run by its technique, where Mailroom chose; else null.</summary>
    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Because { get; init; }

    /// <summary>What its pieces are like, where they were measured; else null.</summary>
    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Profile? Profile { get; init; }

    /// <summary>Its dead pieces, at most the first 1,000; null where there are none.</summary>
    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JobFailure>? Failures { get; init; }

    /// <summary>Attempts that failed, at most the last 100; null where there are none.</summary>
    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JobAttempt>? Attempts { get; init; }

    /// <summary>What a view of the job needs besides; told by the control endpoint.</summary>
    [JsonPropertyOrder(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JobText? Told { get; init; }

    /// <summary>The answer as a value of one's own, by the names of its JSON (docs/kinds.md).</summary>
    /// <exception cref="InvalidOperationException">there is no answer</exception>
    /// <exception cref="JsonException">the answer is no such value</exception>
    public T AnswerAs<T>() =>
        Answer is null
            ? throw new InvalidOperationException($"job {Job} is {State} and has no answer{(Reason is null ? "" : $": {Reason}")}")
            : JsonSerializer.Deserialize<T>(Answer, Codec.JsonOptions) ?? throw new JsonException($"the answer of job {Job} is null");
}

/// <summary>What is shown of a job beside what scripts read.</summary>
/// <param name="Arguments">the kind's checked and completed arguments, as JSON</param>
/// <param name="Text">the answer for people; see <see cref="Kinds.Answer"/> for the rest</param>
public sealed record JobText(
    [property: JsonConverter(typeof(OwnJson))] string Arguments,
    string? Text,
    bool IsExact = false,
    string? File = null
);
