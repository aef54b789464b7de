namespace Mailroom.Kinds;

/// <summary>
/// Values of a kind in a row, such as what a batch of pieces carries or what it gave: as they are, as bytes in the kind's
/// codec, or both. Whoever runs a kind knows their type; everybody else passes them on.
/// </summary>
public abstract class Values
{
    /// <summary>No values.</summary>
    public static Values None { get; } = new EncodedValues(ReadOnlyMemory<byte>.Empty, [], 0);

    public abstract int Count { get; }

    /// <summary>One of them, encoded.</summary>
    public ReadOnlyMemory<byte> Bytes(int at) => Encoded[at];

    /// <summary>All of them, encoded.</summary>
    internal abstract EncodedValues Encoded { get; }

    /// <summary>These and others of the same kind, behind one another.</summary>
    internal virtual Values Join(IReadOnlyList<Part> parts) => EncodedValues.Of(parts);

    /// <summary>Some values that stand behind one another.</summary>
    internal readonly record struct Part(Values Values, int From, int Count);
}

/// <summary>Values of which only the bytes are here: they come from another process or from the disk.</summary>
/// <param name="data">all of them, without a gap</param>
/// <param name="ends">where each ends in <paramref name="data"/></param>
internal sealed class EncodedValues(ReadOnlyMemory<byte> data, int[] ends, int count) : Values
{
    public override int Count => count;

    internal override EncodedValues Encoded => this;

    public ReadOnlyMemory<byte> this[int at] => Slice(at, 1);

    /// <summary>Some that stand behind one another.</summary>
    public ReadOnlyMemory<byte> Slice(int from, int many)
    {
        var start = Start(from);
        return data[start..(many == 0 ? start : ends[from + many - 1])];
    }

    public int Length(int at) => ends[at] - Start(at);

    /// <summary>The length of each, or null when they differ.</summary>
    public int? EvenLength(int from, int many)
    {
        var length = many == 0 ? 0 : Length(from);
        var end = Start(from);
        for (var at = from; at < from + many; at++)
            if (ends[at] != (end += length))
                return null;
        return length;
    }

    private int Start(int at) => at == 0 ? 0 : ends[at - 1];

    public static EncodedValues Of(ReadOnlyMemory<byte> value) => new(value, [value.Length], 1);

    public static EncodedValues Of(IReadOnlyList<Part> parts)
    {
        var (ends, size) = (new int[parts.Sum(part => part.Count)], 0);
        var count = 0;
        foreach (var (values, from, many) in parts)
            for (var at = from; at < from + many; at++)
                ends[count++] = size = checked(size + values.Encoded.Length(at));
        var data = new byte[size];
        var rest = data.AsSpan();
        foreach (var (values, from, many) in parts)
        {
            var bytes = values.Encoded.Slice(from, many).Span;
            bytes.CopyTo(rest);
            rest = rest[bytes.Length..];
        }
        return new EncodedValues(data, ends, count);
    }
}

/// <summary>Values as they are; encoded when they first have to leave, all at once.</summary>
/// <param name="encoded">their bytes, if they are known already</param>
internal sealed class Values<T>(T[] items, int count, Codec<T> codec, EncodedValues? encoded) : Values
    where T : notnull
{
    // Encoding twice gives the same bytes, so a race between readers is harmless.
    private EncodedValues? _encoded = encoded;

    public override int Count => count;

    internal override EncodedValues Encoded => _encoded ??= Encode();

    public T this[int at] => items[at];

    internal override Values Join(IReadOnlyList<Part> parts)
    {
        if (!parts.All(part => part.Values is Values<T>))
            return base.Join(parts);
        var joined = new T[parts.Sum(part => part.Count)];
        var at = 0;
        foreach (var (values, from, many) in parts)
        {
            Array.Copy(((Values<T>)values).Items, from, joined, at, many);
            at += many;
        }
        var isEncoded = parts.All(part => ((Values<T>)part.Values)._encoded is not null);
        return new Values<T>(joined, at, codec, isEncoded ? EncodedValues.Of(parts) : null);
    }

    private T[] Items => items;

    private EncodedValues Encode()
    {
        var writer = new ValuesWriter<T>(codec, keeps: false, encodes: true, count);
        for (var at = 0; at < count; at++)
            writer.Add(items[at]);
        return (EncodedValues)writer.Take();
    }
}
