namespace Mailroom.Batches;

/// <summary>Numbers that are gathered one by one, and are nearly always consecutive: then they are not listed.</summary>
internal struct Indexes
{
    private int _first;
    private int[]? _list;

    public int Count { get; private set; }

    public readonly bool IsRange => _list is null;

    public readonly int First => _first;

    public readonly int this[int at] => _list is null ? _first + at : _list[at];

    public void Add(int index)
    {
        if (Count == 0)
            _first = index;
        if (_list is null && index != _first + Count)
        {
            _list = new int[Math.Max(4, 2 * Count)];
            for (var at = 0; at < Count; at++)
                _list[at] = _first + at;
        }
        if (_list is not null)
        {
            if (Count == _list.Length)
                Array.Resize(ref _list, 2 * Count);
            _list[Count] = index;
        }
        Count++;
    }

    /// <summary>A column of what belongs to each of them.</summary>
    public readonly int[] Select(Func<int, int> value)
    {
        var column = new int[Count];
        for (var at = 0; at < column.Length; at++)
            column[at] = value(this[at]);
        return column;
    }
}
