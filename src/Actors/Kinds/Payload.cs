namespace Mailroom.Kinds;

/// <summary>
/// A kind's value on its way through the actors: an object inside a process, bytes between processes.
/// It is encoded when it first has to leave, and decoded when it is first used.
/// </summary>
public sealed class Payload
{
    private readonly Codec? _codec;
    private readonly object? _value;
    private ReadOnlyMemory<byte>? _bytes;

    private Payload(object? value, Codec? codec, ReadOnlyMemory<byte>? bytes) => (_value, _codec, _bytes) = (value, codec, bytes);

    public static Payload Of(object value, Codec codec) => new(value, codec, null);

    public static Payload Of(ReadOnlyMemory<byte> bytes) => new(null, null, bytes);

    /// <summary>The encoded value; encoding it twice gives the same bytes, so a race between readers is harmless.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes ??= _codec!.Encode(_value!);

    /// <summary>The value itself, decoded with <paramref name="codec"/> when it came as bytes.</summary>
    public object Value(Codec codec) => _value ?? codec.Decode(_bytes!.Value);

    // A larger value is decoded again when it is used, rather than held beside its bytes.
    private const int MaxKept = 4096;

    /// <summary>The same, once it is known that it can be decoded; a small value is then not decoded a second time.</summary>
    /// <exception cref="Exception">whatever the codec throws</exception>
    public Payload Checked(Codec codec)
    {
        var value = Value(codec);
        return _bytes?.Length <= MaxKept ? new Payload(value, codec, _bytes) : this;
    }
}
