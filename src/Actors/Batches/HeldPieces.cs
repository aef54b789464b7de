using System.Collections.Immutable;

namespace Mailroom.Batches;

/// <summary>The pieces of a lease of which nothing has been reported yet.</summary>
internal sealed class HeldPieces(Batch pieces)
{
    private readonly bool[] _gone = new bool[pieces.Count];
    private int _next;

    public int Count { get; private set; } = pieces.Count;

    /// <summary>Of the first piece.</summary>
    public int Crashes { get; } = pieces.Crashes(0);

    public Batch Left => Count == pieces.Count ? pieces : pieces.Where(at => !_gone[at]);

    public bool Holds(int index) => Enumerable.Range(0, pieces.Count).Any(at => !_gone[at] && pieces.Index(at) == index);

    /// <summary>Takes out what ends are about.</summary>
    /// <returns>those of them that are held, each with its piece as it was leased</returns>
    public Ends Settle(Ends ends)
    {
        var done = ends.Done.Count == 0 ? Batch.Empty : Settle(ends.Done);
        var others = ends.Others;
        if (!others.IsEmpty)
            others = [.. others.Select(Settle).OfType<Outcome>()];
        if (done == ends.Done && ends.Others.IsEmpty)
            return ends;
        var share = done.Count == 0 ? 0 : (double)done.Count / ends.Done.Count;
        return new Ends(done, ends.DoneSeconds * share, others) { Costs = done.Count == ends.Done.Count ? ends.Costs : [] };
    }

    private Batch Settle(Batch done)
    {
        if (TakeRun(done))
            return done;
        var (held, places) = (new Indexes(), new Indexes());
        for (var at = 0; at < done.Count; at++)
        {
            var place = Take(done.Index(at), done.Attempt(at));
            if (place < 0)
                continue;
            held.Add(at);
            places.Add(place);
        }
        if (held.Count < done.Count)
            done = done.Pick(held);
        return pieces.IsFresh ? done : pieces.Carrying(places, done.OwnValues); // only the host knows how often a piece crashed
    }

    // Nearly all of them come so: the next pieces, in their order, at their first attempt.
    private bool TakeRun(Batch done)
    {
        if (
            !(done.IsRange && done.IsFresh && pieces.IsRange && pieces.IsFresh)
            || _next + done.Count > pieces.Count
            || done.Index(0) != pieces.Index(_next)
            || _gone.AsSpan(_next, done.Count).Contains(true)
        )
            return false;
        _gone.AsSpan(_next, done.Count).Fill(true);
        Count -= done.Count;
        _next += done.Count;
        return true;
    }

    private Outcome? Settle(Outcome outcome) =>
        Take(outcome.Piece.Index, outcome.Piece.Attempt) is >= 0 and var place ? outcome with { Piece = pieces[place] } : null;

    // Ends come in the order of the pieces, nearly always: so the search nearly always ends where it begins.
    private int Take(int index, int attempt)
    {
        for (var tried = 0; tried < _gone.Length; tried++)
        {
            var at = _next < _gone.Length ? _next : 0;
            _next = at + 1;
            if (_gone[at] || pieces.Index(at) != index || pieces.Attempt(at) != attempt)
                continue;
            _gone[at] = true;
            Count--;
            return at;
        }
        return -1;
    }
}
