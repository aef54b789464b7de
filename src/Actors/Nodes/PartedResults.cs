using Mailroom.Batches;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>The results of one worker that are too big for one message, and come in parts ahead of their reports.</summary>
internal sealed class PartedResults(Link.Settings settings)
{
    // The smallest part of a result that a node may be set to send; only its last may be smaller.
    private const int MinPart = 1024;

    private readonly Dictionary<(long Lease, int Piece), ResultParts> _parts = [];

    /// <summary>Into how many parts a result may be cut.</summary>
    public int MaxParts => (settings.MaxResult / Math.Min(settings.MaxPart, MinPart)) + 1;

    public bool HasAny => _parts.Count > 0;

    private int SmallestPart => Math.Min(settings.MaxPart, MinPart);

    /// <summary>Takes a part that has come.</summary>
    /// <returns>what it says that can't be true, or null</returns>
    public string? Add(Pool.Part part)
    {
        var bytes = part.Bytes.Bytes;
        if (!_parts.TryGetValue((part.Lease, part.Piece), out var parts))
            _parts[(part.Lease, part.Piece)] = parts = new ResultParts(settings.MaxResult);
        if (parts.Has(part.Index))
            return null; // it comes again
        if (
            part.Index < 0
            || part.Index > MaxParts
            || bytes.Length == 0
            || bytes.Length > settings.MaxPart
            || (bytes.Length < SmallestPart && parts.SmallerThan(SmallestPart) > 0)
        )
            return $"part {part.Index} of a result, with {bytes.Length} bytes";
        if (!settings.Parts.TryTake(bytes.Length))
            return null; // what is true comes again
        var before = parts.Kept;
        parts.Add(part.Index, bytes);
        settings.Parts.Give(before + bytes.Length - parts.Kept);
        return null;
    }

    /// <summary>Whether all parts that an outcome speaks of are here.</summary>
    public bool IsComplete(long lease, Outcome outcome) =>
        _parts.TryGetValue((lease, outcome.Piece.Index), out var parts) && (parts.IsTooBig || parts.Count == outcome.Parts);

    /// <summary>The parts of a result, if there are any; they are kept no longer.</summary>
    public ResultParts? Take(long lease, int piece)
    {
        if (!_parts.Remove((lease, piece), out var parts))
            return null;
        settings.Parts.Give(parts.Kept);
        return parts;
    }

    /// <summary>Nothing of this lease is wanted any more.</summary>
    public void Drop(long lease)
    {
        foreach (var (_, piece) in _parts.Keys.Where(key => key.Lease == lease).ToList())
            Take(lease, piece);
    }

    public void DropAll()
    {
        foreach (var lease in _parts.Keys.Select(key => key.Lease).Distinct().ToList())
            Drop(lease);
    }
}
