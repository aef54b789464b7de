using System.Runtime.InteropServices;

namespace Mailroom.BuiltIn.Text;

/// <summary>
/// Counts words. It is used again for the next text, and then knows most of its words already: they needn't be made anew.
/// </summary>
internal sealed class WordTally
{
    /// <summary>So that an array of so many counts is not a large object of the garbage collector (85,000 bytes).</summary>
    public const int ChunkLength = 4_096;

    private const int MaxKept = 1 << 18;

    private readonly Dictionary<string, long> _times;
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public WordTally()
    {
        _times = new Dictionary<string, long>(StringComparer.Ordinal);
        _lookup = _times.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Distinct => _times.Count;

    public long Total => _times.Values.Sum();

    public IEnumerable<Words.Count> Counts => _times.Select(pair => new Words.Count(pair.Key, pair.Value));

    public void Add(ReadOnlySpan<char> word, long times = 1) => CollectionsMarshal.GetValueRefOrAddDefault(_lookup, word, out _) += times;

    /// <summary>What was counted since the last time.</summary>
    public WordCounts Take()
    {
        var chunks = new List<Words.Count[]>();
        var chunk = new List<Words.Count>(ChunkLength);
        foreach (var word in _times.Keys)
        {
            ref var times = ref CollectionsMarshal.GetValueRefOrNullRef(_times, word);
            if (times == 0)
                continue;
            chunk.Add(new Words.Count(word, times));
            times = 0;
            if (chunk.Count < ChunkLength)
                continue;
            chunks.Add([.. chunk]);
            chunk.Clear();
        }
        chunks.Add([.. chunk]);
        if (_times.Count > MaxKept)
            _times.Clear();
        return new WordCounts(chunks);
    }
}
