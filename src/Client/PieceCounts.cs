namespace Mailroom.Client;

/// <summary>How the pieces of a job stand.</summary>
/// <param name="Total">how many there are, once that is known</param>
/// <param name="Done">with a result</param>
/// <param name="Dead">given up</param>
/// <param name="Retried">attempts beyond the first ones, those that ended with their process included</param>
/// <param name="Stale">outcomes that came too late or twice, and were dropped</param>
public sealed record PieceCounts(int? Total, int Done, int Dead, int Retried, int Stale = 0);
