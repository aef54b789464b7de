using System.Buffers.Binary;
using Mailroom.Kinds;

namespace Mailroom.Batches;

/// <summary>
/// A batch as bytes: what the wire carries, and what the journal stores of pieces that are done. First a byte that says
/// which columns are there, then how many pieces, then the columns, all numbers in four bytes, low byte first: the first
/// index, or all of them; attempts and crashes where they are not 1 and 0; the one length of all values, or the length
/// of each. What is left are the values.
/// </summary>
internal static class BatchForm
{
    private const byte ListsIndexes = 1;
    private const byte ListsTries = 2;
    private const byte ListsLengths = 4;

    private const int Head = 1 + sizeof(int);

    /// <summary>An upper bound of the bytes that a piece takes beside its value.</summary>
    public const int Overhead = 4 * sizeof(int);

    public static byte[] Write(Batch batch)
    {
        var (values, even) = (batch.AllBytes, batch.EvenLength);
        var (indexes, tries, lengths) = (batch.IsRange ? 1 : batch.Count, batch.IsFresh ? 0 : batch.Count, even is null ? batch.Count : 1);
        var columns = (indexes + (2L * tries) + lengths) * sizeof(int);
        var bytes = new byte[checked((int)(Head + columns + values.Length))];
        bytes[0] = (byte)((batch.IsRange ? 0 : ListsIndexes) | (batch.IsFresh ? 0 : ListsTries) | (even is null ? ListsLengths : 0));
        var writer = new Writer(bytes.AsSpan(1));
        writer.Add(batch.Count);
        for (var at = 0; at < indexes; at++)
            writer.Add(batch.Count == 0 ? 0 : batch.Index(at));
        for (var at = 0; at < tries; at++)
            writer.Add(batch.Attempt(at));
        for (var at = 0; at < tries; at++)
            writer.Add(batch.Crashes(at));
        for (var at = 0; at < lengths; at++)
            writer.Add(even ?? batch.Length(at));
        writer.Add(values.Span);
        return bytes;
    }

    /// <summary>The batch that these bytes are; its values are not copied.</summary>
    /// <param name="most">pieces that it may have</param>
    /// <exception cref="FormatException">they are none</exception>
    public static Batch Read(ReadOnlyMemory<byte> bytes, int most)
    {
        var flags = bytes.Length < Head ? byte.MaxValue : bytes.Span[0];
        if (flags > (ListsIndexes | ListsTries | ListsLengths))
            throw new FormatException("it is no batch of pieces");
        var reader = new Reader(bytes.Span[1..]);
        var count = reader.Next();
        if (count < 0 || count > most)
            throw new FormatException($"a batch of {count} pieces, where at most {most} are taken");
        var indexes = reader.Next((flags & ListsIndexes) != 0 ? count : 1);
        var attempts = (flags & ListsTries) != 0 ? reader.Next(count) : null;
        var crashes = (flags & ListsTries) != 0 ? reader.Next(count) : null;
        var lengths = reader.Next((flags & ListsLengths) != 0 ? count : 1);
        var values = Values(bytes[^reader.Left..], lengths, count);
        return (flags & ListsIndexes) != 0
            ? new Batch(indexes, attempts, crashes, values)
            : new Batch(indexes[0], attempts, crashes, count, values);
    }

    private static EncodedValues Values(ReadOnlyMemory<byte> data, int[] lengths, int count)
    {
        var (ends, end) = (new int[count], 0L);
        for (var at = 0; at < count; at++)
        {
            var length = lengths.Length == count ? lengths[at] : lengths[0];
            end += length;
            if (length < 0 || end > data.Length)
                throw new FormatException("a batch is cut off");
            ends[at] = (int)end;
        }
        return end == data.Length ? new EncodedValues(data, ends, count) : throw new FormatException("a batch is followed by something");
    }

    private ref struct Writer(Span<byte> rest)
    {
        private Span<byte> _rest = rest;

        public void Add(int number)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_rest, number);
            _rest = _rest[sizeof(int)..];
        }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_rest);
            _rest = _rest[bytes.Length..];
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public readonly int Left => _rest.Length;

        public int Next() => Next(1)[0];

        public int[] Next(int count)
        {
            if (_rest.Length / sizeof(int) < count)
                throw new FormatException("a batch is cut off");
            var numbers = new int[count];
            for (var at = 0; at < count; at++)
                numbers[at] = BinaryPrimitives.ReadInt32LittleEndian(_rest[(at * sizeof(int))..]);
            _rest = _rest[(count * sizeof(int))..];
            return numbers;
        }
    }
}
