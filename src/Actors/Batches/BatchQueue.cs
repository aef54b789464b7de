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
    public Batch Take(int most) => Take(most, _ => true);

    /// <summary>The next pieces, at most so many, and none from the first on that may not come along.</summary>
    /// <param name="may">told of each in order: its batch, and its place there</param>
    public Batch Take(int most, Func<(Batch Batch, int At), bool> may)
    {
        var taken = new List<Batch>(1);
        for (var left = most; left > 0 && _batches.First is { Value: var next };)
        {
            var count = 0;
            while (count < next.Count && count < left && may((next, count)))
                count++;
            if (count > 0)
                taken.Add(next.Slice(0, count));
            Drop(count);
            left -= count;
            if (count < next.Count)
                break;
        }
        return Batch.Join(taken is [] ? [Batch.Empty] : taken);
    }

    public Batch TakeAll() => Take(Count);

    public void Clear()
    {
        _batches.Clear();
        Count = 0;
    }

    private void Drop(int count)
    {
        var next = _batches.First!.Value;
        _batches.RemoveFirst();
        if (count < next.Count)
            _batches.AddFirst(next.Slice(count, next.Count - count));
        Count -= count;
    }
}
