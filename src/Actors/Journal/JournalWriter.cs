using Akka.Actor;
using Mailroom.Pools;

namespace Mailroom.Journal;

/// <summary>The one writer of the journal, the SQLite file in which accepted jobs and their ends stand.</summary>
public static class JournalWriter
{
    /// <summary>Commit a job; answered by <see cref="Accepted"/> or <see cref="Refused"/>.</summary>
    /// <param name="Request">the sender's own number for this request</param>
    /// <param name="Job">the job, its number still 0</param>
    public sealed record Accept(long Request, JobSummary Job, string ArgumentsJson) : ILocalMessage;

    /// <summary>The job is committed under this number.</summary>
    public sealed record Accepted(long Request, int Job) : ILocalMessage;

    /// <summary>The job could not be committed, and so is not accepted.</summary>
    public sealed record Refused(long Request, string Reason) : ILocalMessage;

    /// <summary>Commit the end of a job.</summary>
    public sealed record End(JobDetail Job) : ILocalMessage;

    /// <summary>Answered by a <see cref="JobDetail"/> or by <see cref="NoSuchJob"/>.</summary>
    public sealed record Read(int Job) : ILocalMessage;

    public sealed record NoSuchJob(int Job) : ILocalMessage;

    public static Props Props(JournalFile file) =>
        Akka.Actor.Props.Create(() => new JournalActor(file)).WithDispatcher("mailroom.dispatchers.journal");
}
