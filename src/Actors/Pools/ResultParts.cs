using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>A result that comes in parts, in any order, each perhaps twice.</summary>
/// <param name="most">bytes that are kept at the most</param>
internal sealed class ResultParts(long most)
{
    private readonly SortedDictionary<int, ReadOnlyMemory<byte>> _parts = [];

    /// <summary>Bytes that have come.</summary>
    public long Length { get; private set; }

    public bool IsTooBig => Length > most;

    public int Count => _parts.Count;

    /// <summary>How many are smaller than this.</summary>
    public int SmallerThan(int bytes) => _parts.Values.Count(part => part.Length < bytes);

    /// <summary>Bytes that are kept.</summary>
    public long Kept => IsTooBig ? 0 : Length;

    public bool Has(int index) => IsTooBig || _parts.ContainsKey(index);

    public void Add(int index, ReadOnlyMemory<byte> bytes)
    {
        if (!_parts.TryAdd(index, bytes))
            return;
        Length += bytes.Length;
        if (IsTooBig)
            _parts.Clear();
    }

    public Payload Joined()
    {
        var whole = new byte[Length];
        var at = 0;
        foreach (var part in _parts.Values)
        {
            part.CopyTo(whole.AsMemory(at));
            at += part.Length;
        }
        return Payload.Of(whole);
    }
}
