using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mailroom.Kinds;

/// <summary>Turns a kind's own values into bytes and back, for the way to another process.</summary>
public abstract class Codec
{
    /// <summary>Options of every JSON that Mailroom writes and reads: camelCase, enums by name and not by number.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        NumberHandling = JsonNumberHandling.Strict,
        MaxDepth = 32,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public abstract byte[] Encode(object value);

    /// <exception cref="JsonException">the bytes are not a value of the codec's type</exception>
    public abstract object Decode(ReadOnlyMemory<byte> bytes);
}

/// <summary>A codec for values of one type; the default one is System.Text.Json's.</summary>
public class Codec<T> : Codec where T : notnull
{
    public static Codec<T> Json { get; } = new();

    public sealed override byte[] Encode(object value) => Encode((T)value);

    public sealed override object Decode(ReadOnlyMemory<byte> bytes) => DecodeValue(bytes);

    protected virtual byte[] Encode(T value) => JsonSerializer.SerializeToUtf8Bytes(value, JsonOptions);

    protected virtual T DecodeValue(ReadOnlyMemory<byte> bytes) =>
        JsonSerializer.Deserialize<T>(bytes.Span, JsonOptions) ?? throw new JsonException("null is not a value of this kind");
}
