using Mailroom.Batches;

namespace Mailroom.Jobs;

/// <summary>
/// The pieces of a job on their way to its pool: how many are wanted, which wait to be offered, how many are to be made.
/// A job makes pieces only as they are wanted, and never far ahead of the oldest that is open.
/// </summary>
internal sealed class Supply
{
    // How far the newest piece may run ahead of the oldest that is still open: bounds the results that wait to be folded.
    public const int MaxAhead = 65_536;

    // Pieces in one offer.
    private const int MaxOffer = 8_192;

    private readonly BatchQueue _due = new();
    private readonly HashSet<int> _retrying = [];

    // What an earlier host tried with pieces that have not ended.
    private readonly Dictionary<int, (int Attempts, int Crashes)> _tried = [];
    private int _credit;
    private int _folded;
    private int _withdrawn;
    private bool _isMaking;
    private bool _isAll;

    /// <summary>Pieces that were made, or passed over because they are recorded.</summary>
    public int Made { get; private set; }

    /// <summary>How many there are, once that is known.</summary>
    public int? Total { get; set; }

    /// <summary>Whether some were made that will never run.</summary>
    public bool IsShort => _withdrawn > 0 || Made != Total;

    /// <summary>Whether all have come to their end, when so many have that ran.</summary>
    public bool IsOver(int settled) => _isAll && settled + _withdrawn >= Made;

    public void Remember(int piece, int attempt, bool crashed)
    {
        var (attempts, crashes) = _tried.GetValueOrDefault(piece);
        _tried[piece] = crashed ? (attempts, crashes + 1) : (Math.Max(attempts, attempt), crashes);
    }

    public void Want(int count) => _credit += count;

    /// <summary>Nobody wants any: the pool is another one.</summary>
    public void Forget() => _credit = 0;

    /// <summary>What is to be offered now; empty when nothing waits, or nothing is wanted.</summary>
    public Batch Take()
    {
        var offer = _due.Take(Math.Min(_credit, MaxOffer));
        _credit -= offer.Count;
        return offer;
    }

    /// <summary>How many pieces are to be made now; they are awaited then.</summary>
    public int ToMake()
    {
        var most = Math.Min(Math.Min(_credit, MaxOffer), MaxAhead - (Made - _folded));
        if (_isMaking || _isAll || most <= 0)
            return 0;
        _isMaking = true;
        return most;
    }

    /// <param name="passed">how many were passed over or made</param>
    public void Add(Batch made, int passed, bool isAll)
    {
        _isMaking = false;
        Made += passed;
        if (isAll)
            (_isAll, Total) = (true, Made);
        _due.Add(_tried.Count == 0 ? made : made.Tried(index => _tried.GetValueOrDefault(index)));
    }

    public void Fold(int folded) => _folded = folded;

    /// <summary>These were offered before, and are the job's again.</summary>
    public void Return(Batch pieces) => _due.Add(pieces);

    /// <summary>A piece waits to be tried again.</summary>
    public void Wait(Piece piece) => _retrying.Add(piece.Index);

    /// <returns>false when it waits no longer</returns>
    public bool TryAgain(Piece piece)
    {
        if (!_retrying.Remove(piece.Index))
            return false;
        _due.Add([piece]);
        return true;
    }

    /// <summary>Pieces that will never run.</summary>
    public void Withdraw(int count) => _withdrawn += count;

    /// <summary>No more is made, and what waits will never run.</summary>
    /// <returns>the pieces that waited to be tried again</returns>
    public IReadOnlyList<int> Close()
    {
        var retrying = _retrying.ToList();
        Withdraw(_due.Count + retrying.Count);
        _isAll = true;
        _due.Clear();
        _retrying.Clear();
        return retrying;
    }
}
