using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn.Text;

/// <summary>
/// How often each word stands in a part of a text, in no order: as they were counted, or as bytes that came from another process.
/// </summary>
public sealed class WordCounts
{
    private const int Numbers = sizeof(int) + sizeof(long);

    private readonly IReadOnlyList<Words.Count[]> _chunks;
    private readonly ReadOnlyMemory<byte> _bytes;

    /// <param name="chunks">arrays of a bounded length, because big ones are costly to collect</param>
    internal WordCounts(IReadOnlyList<Words.Count[]> chunks) => _chunks = chunks;

    private WordCounts(ReadOnlyMemory<byte> bytes) => (_chunks, _bytes) = ([], bytes);

    /// <summary>
    /// For each word its length, its count and itself in UTF-8: far smaller than JSON, and read without making a string of each.
    /// </summary>
    public static Codec<WordCounts> Codec { get; } = new Compact();

    internal void AddTo(WordTally tally)
    {
        foreach (var chunk in _chunks)
        foreach (ref readonly var count in chunk.AsSpan())
            tally.Add(count.Word, count.Times);
        var text = new char[WordScanner.UsualWord];
        for (var rest = _bytes.Span; rest.Length > 0; )
        {
            var bytes = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (text.Length < bytes)
                text = new char[bytes];
            var length = Encoding.UTF8.GetChars(rest.Slice(Numbers, bytes), text);
            tally.Add(text.AsSpan(0, length), BinaryPrimitives.ReadInt64LittleEndian(rest[sizeof(int)..]));
            rest = rest[(Numbers + bytes)..];
        }
    }

    private sealed class Compact : Codec<WordCounts>
    {
        protected override byte[] Encode(WordCounts value)
        {
            var size = 0;
            foreach (var chunk in value._chunks)
            foreach (ref readonly var count in chunk.AsSpan())
                size += Numbers + Encoding.UTF8.GetByteCount(count.Word);
            var bytes = new byte[size];
            var rest = bytes.AsSpan();
            foreach (var chunk in value._chunks)
            {
                foreach (ref readonly var count in chunk.AsSpan())
                {
                    var length = Encoding.UTF8.GetBytes(count.Word, rest[Numbers..]);
                    BinaryPrimitives.WriteInt32LittleEndian(rest, length);
                    BinaryPrimitives.WriteInt64LittleEndian(rest[sizeof(int)..], count.Times);
                    rest = rest[(Numbers + length)..];
                }
            }
            return bytes;
        }

        // Looked through here, because nobody looks again before they are counted together with those of others.
        protected override WordCounts DecodeValue(ReadOnlyMemory<byte> bytes)
        {
            for (var rest = bytes.Span; rest.Length > 0; )
            {
                var length = rest.Length >= Numbers ? BinaryPrimitives.ReadInt32LittleEndian(rest) : -1;
                if (
                    length < 0
                    || length > rest.Length - Numbers
                    || Encoding.UTF8.GetCharCount(rest.Slice(Numbers, length)) > WordScanner.MaxFolded
                    || BinaryPrimitives.ReadInt64LittleEndian(rest[sizeof(int)..]) <= 0
                )
                    throw new JsonException("these are no counts of words");
                rest = rest[(Numbers + length)..];
            }
            return new WordCounts(bytes);
        }
    }
}
