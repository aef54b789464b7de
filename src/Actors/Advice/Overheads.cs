using System.Collections.Immutable;
using Mailroom.Kinds;
using Mailroom.Techniques;

namespace Mailroom.Advice;

/// <summary>What Mailroom itself adds, in seconds of wall time.</summary>
/// <param name="Piece">to each piece, by each technique</param>
/// <param name="Sent">per byte of a piece and its result, on the way between processes</param>
/// <param name="Recorded">per byte of a result, in the journal, which is one for all</param>
/// <param name="Job">once per job</param>
public sealed record Overheads(ImmutableDictionary<Technique, double> Piece, double Sent, double Recorded, double Job)
{
    /// <summary>
    /// As measured on two cores with empty pieces and with results of 1 to 20 MB (docs/benchmarks.md); <c>compare</c> measures its own.
    /// </summary>
    public static Overheads Usual { get; } =
        new(Traits.All.ToImmutableDictionary(traits => traits.By, traits => traits.PieceSeconds), 3.5e-9, 1.5e-9, 2e-3);
}
