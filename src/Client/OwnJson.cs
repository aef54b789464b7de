using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mailroom.Client;

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
