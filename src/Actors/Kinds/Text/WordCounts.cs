using System.Buffers.Binary;
using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Mailroom.Kinds.Text;

/// <summary>How often each word stands in a text.</summary>
public sealed class WordCounts : IEnumerable<Words.Count>
{
    private readonly Dictionary<string, long> _times;
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public WordCounts()
    {
        _times = new Dictionary<string, long>(StringComparer.Ordinal);
        _lookup = _times.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Each word with a length before it and its count behind it; far smaller than JSON.</summary>
    public static Codec<WordCounts> Codec { get; } = new Compact();

    public int Distinct => _times.Count;

    public long Total => _times.Values.Sum();

    public void Add(ReadOnlySpan<char> word) => CollectionsMarshal.GetValueRefOrAddDefault(_lookup, word, out _)++;

    public void Add(WordCounts other)
    {
        foreach (var (word, times) in other._times)
            CollectionsMarshal.GetValueRefOrAddDefault(_times, word, out _) += times;
    }

    public IEnumerator<Words.Count> GetEnumerator() => _times.Select(pair => new Words.Count(pair.Key, pair.Value)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Compact : Codec<WordCounts>
    {
        private const int Numbers = sizeof(int) + sizeof(long);

        protected override byte[] Encode(WordCounts value)
        {
            var bytes = new byte[value._times.Keys.Sum(word => Numbers + Encoding.UTF8.GetByteCount(word))];
            var rest = bytes.AsSpan();
            foreach (var (word, times) in value._times)
            {
                var length = Encoding.UTF8.GetBytes(word, rest[Numbers..]);
                BinaryPrimitives.WriteInt32LittleEndian(rest, length);
                BinaryPrimitives.WriteInt64LittleEndian(rest[sizeof(int)..], times);
                rest = rest[(Numbers + length)..];
            }
            return bytes;
        }

        protected override WordCounts DecodeValue(ReadOnlyMemory<byte> bytes)
        {
            var counts = new WordCounts();
            for (var rest = bytes.Span; rest.Length > 0;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                counts._times[Encoding.UTF8.GetString(rest.Slice(Numbers, length))] = BinaryPrimitives.ReadInt64LittleEndian(rest[sizeof(int)..]);
                rest = rest[(Numbers + length)..];
            }
            return counts;
        }
    }
}
