using System.Collections.Immutable;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;

namespace Mailroom.Model;

/// <summary>A job in a line.</summary>
/// <param name="Seconds">from its acceptance to now, or to its end</param>
/// <param name="Workers">workers that ran pieces of it</param>
/// <param name="Reason">why it failed or was cancelled</param>
public sealed record JobSummary(
    int Job,
    string Kind,
    Technique By,
    JobState State,
    string? Name,
    Priority Priority,
    DateTimeOffset AcceptedAt,
    PieceCounts Pieces,
    double Seconds,
    int Workers,
    string? Reason
)
{
    public bool HasEnded => State is JobState.Completed or JobState.Failed or JobState.Cancelled;
}

/// <summary>What a host must know of a job to run it, now or after a restart.</summary>
/// <param name="RequestJson">what the user sent</param>
/// <param name="ArgumentsJson">the kind's checked and completed arguments</param>
/// <param name="KindVersion">see <see cref="Catalogue.VersionOf"/></param>
/// <param name="Workers">workers that its pieces were made for: a kind may ask, and must be told the same again</param>
/// <param name="Id">by which the same wish is known again, or null</param>
public sealed record JobOrder(string RequestJson, string ArgumentsJson, string KindVersion, int Workers, string? Id = null);

/// <summary>A job as it was accepted, with all that a host needs to run it.</summary>
/// <param name="BegunAt">when it was accepted, or last sent to run again</param>
/// <param name="Deaths">hosts in a row that died while they ran it, without anything new being recorded</param>
public sealed record AcceptedJob(JobSummary Summary, JobOrder Order, DateTimeOffset BegunAt, int Deaths = 0) : ILocalMessage
{
    public bool IsSameWorkAs(AcceptedJob other) => (Summary.Kind, Order.ArgumentsJson) == (other.Summary.Kind, other.Order.ArgumentsJson);
}

/// <summary>A job with all that is known of it.</summary>
/// <param name="Failures">the last attempts of dead pieces, at most the first 1,000</param>
/// <param name="Attempts">attempts that failed, at most the last 100</param>
/// <param name="Because">why it is run by its technique, where Mailroom chose</param>
/// <param name="Profile">what its pieces are like, where they were measured</param>
public sealed record JobDetail(
    JobSummary Summary,
    string ArgumentsJson,
    Answer? Answer,
    ImmutableArray<Outcome> Failures,
    ImmutableArray<Outcome> Attempts,
    string? Because = null,
    Profile? Profile = null
) : ILocalMessage;

/// <summary>The technique that <c>--by auto</c> takes, and why, in one line.</summary>
/// <param name="Seconds">that were estimated for what is left of the job; 0 where nobody has</param>
public sealed record Choice(Technique By, string Because, double Seconds = 0);
