using System.Buffers;

namespace Mailroom.Kinds;

/// <summary>Writes values behind one another, without an object for each of them.</summary>
public abstract class ValuesWriter
{
    /// <summary>Values that were written since the last <see cref="Take"/>.</summary>
    public abstract int Count { get; }

    /// <summary>Bytes that they take, as far as they are encoded.</summary>
    public abstract int Bytes { get; }

    /// <exception cref="UnencodableException">it can't be encoded, or is too big; it is as if it had never come</exception>
    public abstract void Add(object value);

    /// <summary>What was written; the writer is empty after that.</summary>
    public abstract Values Take();
}

/// <summary>A value that can't be encoded, or takes more bytes than allowed.</summary>
internal sealed class UnencodableException(string reason, Exception? cause) : Exception(reason, cause);

/// <param name="keeps">the values themselves are wanted, in this process</param>
/// <param name="encodes">so are their bytes</param>
/// <param name="count">how many there will be, about</param>
/// <param name="most">bytes of one value</param>
internal sealed class ValuesWriter<T>(Codec<T> codec, bool keeps, bool encodes, int count, int most = int.MaxValue) : ValuesWriter
    where T : notnull
{
    // What is set aside for the bytes of a value, before any is known.
    private const int UsualBytes = 8;
    private const int MaxAhead = 64 * 1024;

    private T[] _items = [];
    private int[] _ends = [];
    private ArrayBufferWriter<byte>? _bytes;
    private int _count;

    public override int Count => _count;

    public override int Bytes => _bytes?.WrittenCount ?? 0;

    public override void Add(object value) => Add((T)value);

    public void Add(T value)
    {
        if (encodes)
            Encode(value);
        if (keeps)
        {
            if (_count == _items.Length)
                Array.Resize(ref _items, _count == 0 ? Math.Max(1, count) : 2 * _count);
            _items[_count] = value;
        }
        _count++;
    }

    public override Values Take()
    {
        var encoded = encodes ? new EncodedValues(_bytes?.WrittenMemory ?? ReadOnlyMemory<byte>.Empty, _ends, _count) : null;
        Values taken = keeps ? new Values<T>(_items, _count, codec, encoded) : encoded ?? Values.None;
        (_items, _ends, _bytes, _count) = ([], [], null, 0);
        return taken;
    }

    private void Encode(T value)
    {
        _bytes ??= new ArrayBufferWriter<byte>(Math.Clamp(count * UsualBytes, 1, MaxAhead));
        if (_count == _ends.Length)
            Array.Resize(ref _ends, _count == 0 ? Math.Max(1, count) : 2 * _count);
        var before = _bytes.WrittenCount;
        try
        {
            codec.Write(value, _bytes);
        }
        catch (Exception error) // the user's own codec may throw whatever it likes
        {
            Forget(before);
            throw new UnencodableException(
                $"its result, a {typeof(T).Name}, can't be serialised: {Thrown.Line(error)}; the kind needs another ResultCodec",
                error
            );
        }
        var size = _bytes.WrittenCount - before;
        if (size > most)
        {
            Forget(before);
            throw new UnencodableException($"its result has {size} bytes; at most {most} are taken (mailroom.wire.max-result)", null);
        }
        _ends[_count] = _bytes.WrittenCount;
    }

    // Half of a value may have been written.
    private void Forget(int before)
    {
        var kept = new ArrayBufferWriter<byte>(Math.Max(1, before));
        kept.Write(_bytes!.WrittenSpan[..before]);
        _bytes = kept;
    }
}
