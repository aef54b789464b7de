using System.Buffers.Binary;

namespace Mailroom.Door;

/// <summary>
/// Reads the fields of a protobuf message one after the other, without making anything of them. Of what protobuf allows
/// it takes only what a well-behaved writer writes: fields in rising order, each once, lengths that fit.
/// </summary>
internal ref struct Fields(ReadOnlySpan<byte> message)
{
    private const int Varint = 0;
    private const int Fixed = 1;
    private const int LengthDelimited = 2;

    private ReadOnlySpan<byte> _rest = message;
    private int _form = -1;
    private ulong _number;

    /// <summary>The field's number, or 0 at the end.</summary>
    public int Number { get; private set; }

    /// <summary>What a field with a length holds.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The value of any other field.</summary>
    public readonly ulong Value => _number;

    public readonly bool HasBytes => _form == LengthDelimited;

    public readonly bool IsVarint => _form == Varint;

    /// <summary>Eight bytes of fixed length.</summary>
    public readonly bool IsFixed => _form == Fixed;

    /// <summary>Whether all that came was well formed so far.</summary>
    public bool IsSound { get; private set; } = true;

    public bool Next()
    {
        if (_rest.IsEmpty || !IsSound)
            return false;
        IsSound = TryRead();
        return IsSound;
    }

    private bool TryRead()
    {
        if (!TryVarint(ref _rest, out var tag) || tag >> 3 is 0 or > 1000 || (int)(tag >> 3) <= Number)
            return false;
        Number = (int)(tag >> 3);
        _form = (int)(tag & 7);
        Bytes = default;
        switch (_form)
        {
            case Varint:
                return TryVarint(ref _rest, out _number);
            case Fixed when _rest.Length >= 8:
                _number = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[8..];
                return true;
            case LengthDelimited when TryVarint(ref _rest, out var length) && length <= (ulong)_rest.Length:
                Bytes = _rest[..(int)length];
                _rest = _rest[(int)length..];
                return true;
            default:
                return false;
        }
    }

    /// <summary>Takes a number in protobuf's variable form off the front.</summary>
    public static bool TryVarint(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        value = 0;
        for (var at = 0; at < 10 && at < rest.Length; at++)
        {
            value |= (ulong)(rest[at] & 0x7f) << (7 * at);
            if (rest[at] >= 0x80)
                continue;
            rest = rest[(at + 1)..];
            return true;
        }
        return false;
    }
}
