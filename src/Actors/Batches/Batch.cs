using System.Collections;
using System.Runtime.CompilerServices;
using Mailroom.Kinds;

namespace Mailroom.Batches;

/// <summary>
/// Pieces of one job in a row, each with a value: what it carries on its way to a worker, what it gave on its way back. A
/// few columns instead of an object for each piece; a part of a batch shares them.
/// </summary>
[CollectionBuilder(typeof(Batch), nameof(Of))]
public sealed class Batch : IReadOnlyList<Piece>
{
    // Indexes are first, first + 1, … unless they are listed; attempts are 1 and crashes 0 unless they are.
    private readonly int _first;
    private readonly int[]? _indexes;
    private readonly int[]? _attempts;
    private readonly int[]? _crashes;
    private readonly int _from;
    private readonly int _valuesFrom;

    internal Batch(int first, int count, Values values) => (_first, Count, Values) = (first, count, values);

    internal Batch(int[] indexes, int[]? attempts, int[]? crashes, Values values) =>
        (_indexes, _attempts, _crashes, Count, Values) = (indexes, attempts, crashes, indexes.Length, values);

    internal Batch(int first, int[]? attempts, int[]? crashes, int count, Values values) =>
        (_first, _attempts, _crashes, Count, Values) = (first, attempts, crashes, count, values);

    private Batch(Batch whole, int from, int count, Values values, int valuesFrom)
    {
        (_first, _indexes, _attempts, _crashes) = (whole._first, whole._indexes, whole._attempts, whole._crashes);
        (_from, Count, Values, _valuesFrom) = (whole._from + from, count, values, valuesFrom);
    }

    public static Batch Empty { get; } = new(0, 0, Values.None);

    public int Count { get; }

    public Piece this[int at] => new(Index(at), Attempt(at), Crashes(at), Payload(at));

    /// <summary>Whether the indexes are consecutive without being listed.</summary>
    internal bool IsRange => _indexes is null;

    /// <summary>Whether all attempts are the first, after no crash.</summary>
    internal bool IsFresh => _attempts is null && _crashes is null;

    internal Values Values { get; }

    public int Index(int at) => _indexes is null ? _first + _from + at : _indexes[_from + at];

    public int Attempt(int at) => _attempts is null ? 1 : _attempts[_from + at];

    public int Crashes(int at) => _crashes is null ? 0 : _crashes[_from + at];

    public ReadOnlyMemory<byte> Bytes(int at) => Values.Bytes(Place(at));

    /// <summary>All its values, encoded, behind one another.</summary>
    internal ReadOnlyMemory<byte> AllBytes => Values.Encoded.Slice(_valuesFrom, Count);

    /// <summary>Bytes that each of its values takes, or null when they differ.</summary>
    internal int? EvenLength => Values.Encoded.EvenLength(_valuesFrom, Count);

    internal int Length(int at) => Values.Encoded.Length(Place(at));

    public Payload Payload(int at) => new(Values, Place(at));

    /// <summary>Where its value stands in <see cref="Values"/>.</summary>
    internal int Place(int at) => _valuesFrom + at;

    /// <summary>A part of it, without copying anything.</summary>
    public Batch Slice(int from, int count) =>
        from == 0 && count == Count ? this : new Batch(this, from, count, Values, _valuesFrom + from);

    /// <summary>The same pieces with other values.</summary>
    internal Batch Carrying(Values values) => new(this, 0, Count, values, 0);

    /// <summary>Some of the pieces, with other values.</summary>
    internal Batch Carrying(in Indexes which, Values values) =>
        which.Count == 0 ? Empty
        : which.IsRange ? new Batch(this, which.First, which.Count, values, 0)
        : new Batch(which.Select(Index), IsFresh ? null : which.Select(Attempt), IsFresh ? null : which.Select(Crashes), values);

    /// <summary>Some of the pieces.</summary>
    internal Batch Pick(in Indexes which)
    {
        if (which.Count == 0)
            return Empty;
        if (which.IsRange)
            return Slice(which.First, which.Count);
        var parts = new Values.Part[which.Count];
        for (var at = 0; at < parts.Length; at++)
            parts[at] = new Values.Part(Values, Place(which[at]), 1);
        return Carrying(which, Values.Join(parts));
    }

    /// <summary>Those of the pieces that this is true of.</summary>
    internal Batch Where(Func<int, bool> isWanted)
    {
        var wanted = new Indexes();
        for (var at = 0; at < Count; at++)
            if (isWanted(at))
                wanted.Add(at);
        return Pick(wanted);
    }

    /// <summary>The same pieces, each with what was tried with it before.</summary>
    internal Batch Tried(Func<int, (int Attempts, int Crashes)> tried)
    {
        var (attempts, crashes) = (new int[Count], new int[Count]);
        for (var at = 0; at < Count; at++)
        {
            var (before, crashed) = tried(Index(at));
            (attempts[at], crashes[at]) = (before + 1, crashed);
        }
        return new Batch([.. Enumerable.Range(0, Count).Select(Index)], attempts, crashes, OwnValues);
    }

    /// <summary>Batches of one job behind one another.</summary>
    internal static Batch Join(IReadOnlyList<Batch> batches)
    {
        if (batches.Any(batch => batch.Count == 0))
            batches = [.. batches.Where(batch => batch.Count > 0)];
        if (batches.Count == 1)
            return batches[0];
        var count = batches.Sum(batch => batch.Count);
        if (count == 0)
            return Empty;
        var isFresh = batches.All(batch => batch.IsFresh);
        var (indexes, attempts, crashes) = (new Indexes(), isFresh ? null : new int[count], isFresh ? null : new int[count]);
        foreach (var batch in batches)
            for (var at = 0; at < batch.Count; at++)
            {
                if (!isFresh)
                    (attempts![indexes.Count], crashes![indexes.Count]) = (batch.Attempt(at), batch.Crashes(at));
                indexes.Add(batch.Index(at));
            }
        return Of(indexes, attempts, crashes, batches[0].Values.Join([.. batches.Select(batch => batch.Part)]));
    }

    /// <summary>New pieces with these indexes.</summary>
    internal static Batch Of(in Indexes indexes, Values values) => Of(indexes, null, null, values);

    private static Batch Of(in Indexes indexes, int[]? attempts, int[]? crashes, Values values) =>
        indexes.Count == 0 ? Empty
        : indexes.IsRange ? new Batch(indexes.First, attempts, crashes, indexes.Count, values)
        : new Batch(indexes.Select(index => index), attempts, crashes, values);

    public static Batch Of(params ReadOnlySpan<Piece> pieces)
    {
        var batches = new List<Batch>(pieces.Length);
        foreach (var piece in pieces)
            batches.Add(One(piece));
        return batches.Count == 0 ? Empty : Join(batches);
    }

    internal static Batch One(Piece piece)
    {
        var (values, at, _) = piece.Payload.Part;
        var alone = piece is { Attempt: 1, Crashes: 0 }
            ? new Batch(piece.Index, 1, values)
            : new Batch([piece.Index], [piece.Attempt], [piece.Crashes], values);
        return new Batch(alone, 0, 1, values, at);
    }

    /// <summary>Its values and no others.</summary>
    internal Values OwnValues => _valuesFrom == 0 && Count == Values.Count ? Values : Values.Join([Part]);

    public IEnumerator<Piece> GetEnumerator()
    {
        for (var at = 0; at < Count; at++)
            yield return this[at];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Values.Part Part => new(Values, _valuesFrom, Count);
}
