using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mailroom.Logs;

/// <summary>How grave a line is, from least to most.</summary>
public enum Severity
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>One event in the life of an actor.</summary>
/// <param name="At">when, in UTC</param>
/// <param name="Event">the name of the <see cref="Logs.Event"/></param>
/// <param name="Node">the process: <c>host</c> or a node's name</param>
/// <param name="Actor">the actor's path in that process</param>
/// <param name="Text">the event in words</param>
/// <param name="Fields">its other named values</param>
public sealed record LogLine(
    DateTimeOffset At,
    Severity Level,
    string Event,
    string Node,
    string Actor,
    int? Job,
    int? Piece,
    string Text,
    string? Exception,
    JsonObject Fields
)
{
    private static readonly string[] Own = ["at", "level", "event", "node", "actor", "job", "piece", "text", "exception"];

    /// <summary>The line as JSON, without its line break.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["at"] = At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["level"] = JsonNamingPolicy.CamelCase.ConvertName(Level.ToString()),
            ["event"] = Event,
            ["node"] = Node,
            ["actor"] = Actor,
        };
        if (Job is { } job)
            json["job"] = job;
        if (Piece is { } piece)
            json["piece"] = piece;
        json["text"] = Text;
        foreach (var (name, value) in Fields)
            if (!json.ContainsKey(name))
                json[name] = value?.DeepClone();
        if (Exception is not null)
            json["exception"] = Exception;
        return json;
    }

    // A name that stands twice is of no line that was written here.
    private static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a line back; null for one that was cut off when its process was killed.</summary>
    public static LogLine? Parse(string line)
    {
        try
        {
            if (
                JsonNode.Parse(line, documentOptions: Once) is not JsonObject json
                || (string?)json["at"] is not { } at
                || (string?)json["event"] is not { } name
            )
                return null;
            var fields = new JsonObject(
                json.Where(pair => !Own.Contains(pair.Key)).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))
            );
            return new LogLine(
                DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture),
                Enum.TryParse<Severity>((string?)json["level"], ignoreCase: true, out var level) ? level : Severity.Info,
                name,
                (string?)json["node"] ?? "",
                (string?)json["actor"] ?? "",
                (int?)json["job"],
                (int?)json["piece"],
                (string?)json["text"] ?? "",
                (string?)json["exception"],
                fields
            );
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
