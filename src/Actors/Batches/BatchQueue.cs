namespace Mailroom.Batches;

/// <summary>Pieces that wait, in order. What is taken from it is a part of what was put in, wherever that can be.</summary>
internal sealed class BatchQueue
{
    private readonly LinkedList<Batch> _batches = new();

    /// <summary>Pieces, not batches.</summary>
    public int Count { get; private set; }

    public void Add(Batch batch)
    {
        if (batch.Count == 0)
            return;
        _batches.AddLast(batch);
        Count += batch.Count;
    }

    /// <summary>Puts pieces in front of all others.</summary>
    public void Return(Batch batch)
    {
        if (batch.Count == 0)
            return;
        _batches.AddFirst(batch);
        Count += batch.Count;
    }

    /// <summary>Crashes of the piece that is next.</summary>
    public int NextCrashes => _batches.First!.Value.Crashes(0);

    /// <summary>The next pieces, at most so many.</summary>
    public Batch Take(int most) => Take(most, static (batch, count) => count);

    /// <summary>The next pieces, at most so many of them, and none behind one that may not come along.</summary>
    /// <param name="fit">how many of the first so many of a batch may come along; told of each batch in order</param>
    public Batch Take(int most, Func<Batch, int, int> fit)
    {
        if (most <= 0 || _batches.First is not { Value: var first })
            return Batch.Empty;
        var count = Math.Min(most, first.Count);
        var taken = Drop(fit(first, count));
        if (taken.Count < first.Count || taken.Count == most)
            return taken;
        var all = new List<Batch> { taken };
        for (var left = most - count; left > 0 && _batches.First is { Value: var next }; )
        {
            all.Add(Drop(fit(next, Math.Min(left, next.Count))));
            left -= all[^1].Count;
            if (all[^1].Count < next.Count)
                break;
        }
        return Batch.Join(all);
    }

    public Batch TakeAll() => Take(Count);

    public void Clear()
    {
        _batches.Clear();
        Count = 0;
    }

    private Batch Drop(int count)
    {
        var next = _batches.First!.Value;
        if (count == 0)
            return Batch.Empty;
        _batches.RemoveFirst();
        if (count < next.Count)
            _batches.AddFirst(next.Slice(count, next.Count - count));
        Count -= count;
        return next.Slice(0, count);
    }
}
