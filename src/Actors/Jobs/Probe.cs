using Mailroom.Advice;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <summary>
/// Chooses the technique of a job that may be run by any, when enough of its first pieces were measured while they ran on
/// threads. They are pieces like all others: what they give is kept.
/// </summary>
internal sealed class Probe(
    Measurement measured,
    IReadOnlyCollection<Technique> allowed,
    Func<Technique, (int Workers, double Start)> seats,
    int inFlight
)
{
    private const int Enough = 200;
    private const double EnoughSeconds = 0.005;

    // Of long pieces one is enough; of others a few, because another program may have held up the first.
    private const int Few = 4;
    private const double LongSeconds = 0.1;

    /// <summary>Whether it has seen enough.</summary>
    public bool IsDone =>
        measured.IsWarm
        && (measured.Count >= Enough || measured.Seconds >= LongSeconds || (measured.Count >= Few && measured.Seconds >= EnoughSeconds));

    public bool HasSeen => measured.Count > 0;

    // The time until its pieces could be made is over.
    public Choice Choose(Profile profile) =>
        Advisor.Choose(
            new Forecast(profile with { SplitSeconds = 0 }, Overheads.Usual, Environment.ProcessorCount, inFlight),
            measured.Count,
            allowed,
            seats
        );
}
