using System.Collections.Immutable;
using Mailroom.Kinds;

namespace Mailroom.Batches;

/// <summary>Gathers what becomes of the pieces of one lease, as they end.</summary>
/// <param name="results">where those that are done write their results</param>
internal sealed class EndsWriter(Batch pieces, ValuesWriter results)
{
    private readonly List<int> _done = [];
    private ImmutableArray<Outcome>.Builder? _others;
    private ImmutableArray<Cost>.Builder? _costs;
    private double _seconds;

    public Batch Pieces => pieces;

    public ValuesWriter Results => results;

    public int Count => _done.Count + (_others?.Count ?? 0);

    /// <summary>A piece is done: the newest result is its own.</summary>
    public void Done(int at, double seconds, Cost? cost = null)
    {
        _done.Add(at);
        _seconds += seconds;
        if (cost is not null)
            (_costs ??= ImmutableArray.CreateBuilder<Cost>()).Add(cost);
    }

    public void Not(Outcome outcome) => (_others ??= ImmutableArray.CreateBuilder<Outcome>()).Add(outcome);

    public Ends Take()
    {
        var done = pieces.Carrying(_done, results.Take());
        var ends = new Ends(done, _seconds, _others?.DrainToImmutable() ?? []) { Costs = _costs?.DrainToImmutable() ?? [] };
        _done.Clear();
        _seconds = 0;
        return ends;
    }
}
