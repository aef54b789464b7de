namespace Mailroom.Kinds;

/// <summary>One value of a kind on its way through the actors: what a piece carries, or what it gave.</summary>
public sealed class Payload
{
    private readonly Values _values;
    private readonly int _at;

    internal Payload(Values values, int at) => (_values, _at) = (values, at);

    /// <summary>Of a piece that stands for itself alone.</summary>
    public static Payload None { get; } = Of(ReadOnlyMemory<byte>.Empty);

    public static Payload Of(object value, Codec codec) => new(codec.One(value), 0);

    public static Payload Of(ReadOnlyMemory<byte> bytes) => new(EncodedValues.Of(bytes), 0);

    /// <summary>The value, encoded.</summary>
    public ReadOnlyMemory<byte> Bytes => _values.Bytes(_at);

    /// <summary>The value itself, decoded with <paramref name="codec"/> when it came as bytes.</summary>
    /// <exception cref="Exception">whatever the codec throws</exception>
    public object Value(Codec codec) => codec.Value(_values, _at);

    internal Values.Part Part => new(_values, _at, 1);
}
