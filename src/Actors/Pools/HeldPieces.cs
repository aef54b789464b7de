namespace Mailroom.Pools;

/// <summary>The pieces of a lease of which nothing has been reported yet.</summary>
internal sealed class HeldPieces(IReadOnlyList<Piece> pieces)
{
    private readonly Piece?[] _pieces = [.. pieces];
    private int _next;

    public int Count { get; private set; } = pieces.Count;

    public IEnumerable<Piece> Left => _pieces.OfType<Piece>();

    public bool Holds(int piece) => Left.Any(held => held.Index == piece);

    /// <summary>Takes out the piece that an outcome is about; null when it isn't held under this attempt.</summary>
    public Piece? Settle(Outcome outcome)
    {
        // Outcomes come in the order of the pieces, nearly always: so the search nearly always ends where it begins.
        for (var tried = 0; tried < _pieces.Length; tried++)
        {
            var at = (_next + tried) % _pieces.Length;
            if (_pieces[at] is not { } piece || piece.Index != outcome.Piece || piece.Attempt != outcome.Attempt)
                continue;
            _pieces[at] = null;
            _next = at + 1;
            Count--;
            return piece;
        }
        return null;
    }
}
