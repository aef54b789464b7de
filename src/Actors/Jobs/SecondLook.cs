using System.Collections.Immutable;
using Mailroom.Batches;
using Mailroom.Client;

namespace Mailroom.Jobs;

/// <summary>
/// Watches a job that runs in the host by the technique that was chosen for it, and tells when its pieces are no longer what they were
/// then: they come half as fast as was estimated, or compute where they waited.
/// </summary>
/// <remarks>
/// Where other jobs want the same workers they come more slowly too, and are measured for nothing: that costs little, and is done twice at
/// the most.
/// </remarks>
/// <param name="profile">what they were like</param>
/// <param name="rate">pieces a second that were estimated</param>
internal sealed class SecondLook(Profile profile, double rate)
{
    // Fewer seconds say nothing, and fewer left are not worth it.
    private const double Shortest = 0.5;
    private const double Worth = 1;

    // So many pieces should have come meanwhile, and half of them are too few.
    private const int Enough = 10;
    private const double Slower = 2;

    // The part of its time in which a piece waits must have changed by so much.
    private const double Other = 0.5;

    private (double At, int Done)? _since;
    private (int Count, double Seconds, double Cpu) _measured;

    /// <summary>What pieces cost that still are measured.</summary>
    public void Measure(ImmutableArray<Cost> costs)
    {
        foreach (var cost in costs)
            _measured = (_measured.Count + 1, _measured.Seconds + cost.Seconds, _measured.Cpu + cost.Cpu);
    }

    /// <param name="now">seconds, from anywhen</param>
    /// <param name="done">pieces of the job that have ended</param>
    /// <param name="total">of the job, if that is known</param>
    /// <returns>how they differ, in the middle of a sentence; null where nothing is to be done</returns>
    public string? Due(double now, int done, int? total)
    {
        if (_since is not { } since)
        {
            (_since, _measured) = ((now, done), default);
            return null;
        }
        var seconds = now - since.At;
        if (seconds < Math.Max(Shortest, (Enough / rate) + (2 * profile.Seconds)))
            return null;
        var seen = (done - since.Done) / seconds;
        var change = _measured.Count >= Enough ? Waiting - profile.Waiting : 0;
        (_since, _measured) = ((now, done), default);
        if (total - done is { } left && (left < Enough || left < seen * Worth))
            return null; // the last ones may be long, and nothing is won by them
        return change > Other ? "they wait where they computed"
            : change < -Other ? "they compute where they waited"
            : seen * Slower < rate ? "they came more slowly than was estimated"
            : null;
    }

    /// <summary>What comes now says nothing: it is held, or still moves.</summary>
    public void Pass() => _since = null;

    private double Waiting => Math.Clamp(1 - (_measured.Cpu / _measured.Seconds), 0, 1);
}
