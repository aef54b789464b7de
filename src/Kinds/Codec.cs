using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mailroom.Kinds;

/// <summary>Turns a kind's own values into bytes and back, for the way to another process.</summary>
public abstract class Codec
{
    /// <summary>Options of every JSON that Mailroom writes and reads: camelCase, enums by name and not by number.</summary>
    public static JsonSerializerOptions JsonOptions { get; } =
        new(JsonSerializerDefaults.Web)
        {
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
            NumberHandling = JsonNumberHandling.Strict,
            MaxDepth = 32,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

    public abstract byte[] Encode(object value);

    /// <exception cref="JsonException">the bytes are not a value of the codec's type</exception>
    public abstract object Decode(ReadOnlyMemory<byte> bytes);

    internal abstract Values One(object value);

    /// <summary>One of some values, as it is or decoded.</summary>
    internal abstract object Value(Values values, int at);
}

/// <summary>A codec for values of one type; the default one is System.Text.Json's.</summary>
public class Codec<T> : Codec
    where T : notnull
{
    public static Codec<T> Json { get; } = new JsonCodec<T>();

    public sealed override byte[] Encode(object value) => Encode((T)value);

    public sealed override object Decode(ReadOnlyMemory<byte> bytes) => DecodeValue(bytes);

    internal sealed override Values One(object value) => new Values<T>([(T)value], 1, this, null);

    internal sealed override object Value(Values values, int at) => Get(values, at);

    internal T Get(Values values, int at) => values is Values<T> typed ? typed[at] : DecodeValue(values.Bytes(at));

    /// <summary>Writes a value behind others. A codec for small values overrides it, so as to need no array for each.</summary>
    protected internal virtual void Write(T value, IBufferWriter<byte> to) => to.Write(Encode(value));

    protected virtual byte[] Encode(T value) => JsonSerializer.SerializeToUtf8Bytes(value, JsonOptions);

    protected virtual T DecodeValue(ReadOnlyMemory<byte> bytes) =>
        JsonSerializer.Deserialize<T>(bytes.Span, JsonOptions) ?? throw new JsonException("null is not a value of this kind");
}

internal sealed class JsonCodec<T> : Codec<T>
    where T : notnull
{
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    protected internal override void Write(T value, IBufferWriter<byte> to)
    {
        var writer = _writer ??= new Utf8JsonWriter(
            to,
            new JsonWriterOptions { Encoder = JsonOptions.Encoder, MaxDepth = JsonOptions.MaxDepth }
        );
        writer.Reset(to);
        JsonSerializer.Serialize(writer, value, JsonOptions);
        writer.Flush();
    }
}
