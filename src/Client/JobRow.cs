using System.Text.Json.Serialization;
using Mailroom.Kinds;

namespace Mailroom.Client;

/// <summary>A job in a line, as <c>jobs --json</c> lists it. docs/json.md describes it; its names are a contract.</summary>
/// <param name="Job">its number</param>
/// <param name="By">how it is run, chosen or asked for</param>
/// <param name="Seconds">from its acceptance to when this was told, or to its end</param>
/// <param name="Workers">that ran pieces of it</param>
/// <param name="AcceptedAt">when it was committed, in UTC</param>
/// <param name="Reason">why it failed, was cancelled or is paused; null where there is nothing to say</param>
public record JobRow(
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
    /// <summary>Whether it is completed, failed or cancelled.</summary>
    [JsonIgnore]
    public bool HasEnded => State is JobState.Completed or JobState.Failed or JobState.Cancelled;
}
