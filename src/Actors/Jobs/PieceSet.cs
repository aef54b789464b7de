using System.Collections;

namespace Mailroom.Jobs;

/// <summary>A set of pieces' indexes, a bit for each.</summary>
internal sealed class PieceSet
{
    private readonly BitArray _bits = new(64);

    /// <returns>false when it was in already</returns>
    public bool Add(int piece)
    {
        if (piece >= _bits.Length)
            _bits.Length = Math.Max(piece + 1, (int)Math.Min(2L * _bits.Length, int.MaxValue));
        if (_bits[piece])
            return false;
        _bits[piece] = true;
        return true;
    }

    public bool Contains(int piece) => piece < _bits.Length && _bits[piece];
}
