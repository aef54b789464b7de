using System.Collections.Immutable;
using System.Diagnostics;
using Mailroom.Kinds;

namespace Mailroom.Batches;

/// <summary>Gathers what becomes of the pieces of one lease, as they end.</summary>
/// <param name="results">where those that are done write their results</param>
internal sealed class EndsWriter(Batch pieces, ValuesWriter results)
{
    private Indexes _done;
    private ImmutableArray<Outcome>.Builder? _others;
    private ImmutableArray<Cost>.Builder? _costs;
    private long _ticks;

    public Batch Pieces => pieces;

    public ValuesWriter Results => results;

    public int Count => _done.Count + (_others?.Count ?? 0);

    /// <summary>A piece is done: the newest result is its own.</summary>
    /// <param name="ticks">for which it ran, as <see cref="Stopwatch"/> counts</param>
    public void Done(int at, long ticks, Cost? cost = null)
    {
        _done.Add(at);
        _ticks += ticks;
        if (cost is not null)
            (_costs ??= ImmutableArray.CreateBuilder<Cost>()).Add(cost);
    }

    public void Not(Outcome outcome) => (_others ??= ImmutableArray.CreateBuilder<Outcome>()).Add(outcome);

    public Ends Take()
    {
        var done = pieces.Carrying(_done, results.Take());
        var ends = new Ends(done, (double)_ticks / Stopwatch.Frequency, _others?.DrainToImmutable() ?? [])
        {
            Costs = _costs?.DrainToImmutable() ?? [],
        };
        (_done, _ticks) = (default, 0);
        return ends;
    }
}
