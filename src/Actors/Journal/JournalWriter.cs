using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Journal;

/// <summary>The one writer of the journal, in whose store accepted jobs, recorded pieces and ends stand.</summary>
public static class JournalWriter
{
    /// <summary>Commit a job; answered by <see cref="Accepted"/> or <see cref="Refused"/>.</summary>
    /// <param name="Request">the sender's own number for this request</param>
    /// <param name="Job">the job, its number still 0</param>
    /// <param name="Choosable">the techniques that may be chosen for it; empty where it has its own</param>
    public sealed record Accept(long Request, AcceptedJob Job, ImmutableArray<Technique> Choosable) : ILocalMessage;

    /// <summary>The job is committed under this number.</summary>
    /// <param name="Learned">what was chosen for such a job before, by which it is committed; if it is to be chosen</param>
    /// <param name="Again">set where it was accepted before, by its id</param>
    public sealed record Accepted(long Request, int Job, Choice? Learned = null, Known? Again = null) : ILocalMessage;

    /// <summary>A job that stands in the journal.</summary>
    /// <param name="Unfinished">what it was asked to do, or null when it has ended</param>
    public sealed record Known(AcceptedJob? Unfinished) : ILocalMessage;

    /// <summary>Remember this for the next job of the kind with the same arguments.</summary>
    /// <param name="Job">the job that goes on by it, or null</param>
    public sealed record Learn(int? Job, string Kind, string ArgumentsJson, Choice Choice) : ILocalMessage;

    /// <summary>The job could not be committed, and so is not accepted.</summary>
    public sealed record Refused(long Request, string Reason) : ILocalMessage;

    /// <summary>
    /// Commit the ends of pieces, and attempts that failed; answered by <see cref="Recorded"/> when they are on the disk.
    /// </summary>
    /// <param name="Number">the job's own number of this record</param>
    /// <param name="Ends">pieces that are done, and those that are dead</param>
    public sealed record Record(int Job, long Number, Ends Ends, RanBy By, ImmutableArray<Outcome> Attempts) : ILocalMessage;

    /// <summary>The <see cref="Record"/> of this number is committed.</summary>
    public sealed record Recorded(int Job, long Number) : ILocalMessage;

    /// <summary>The <see cref="Record"/> of this number can never be committed.</summary>
    public sealed record Unrecordable(int Job, long Number, string Reason) : ILocalMessage;

    /// <summary>The disk takes nothing; what came is kept and tried again. Begin nothing new until <see cref="Recorded"/>.</summary>
    public sealed record Stalled(string Reason) : ILocalMessage;

    /// <summary>What is recorded of a job's pieces, from behind a mark; answered by <see cref="Replayed"/>.</summary>
    public sealed record Replay(int Job, long After) : ILocalMessage;

    /// <param name="Done">pieces with their results</param>
    /// <param name="Dead">all with the first answer</param>
    /// <param name="Attempts">failed ones that count, all with the first answer</param>
    /// <param name="After">the mark to go on from, or null when that was all</param>
    public sealed record Replayed(ImmutableArray<Batch> Done, ImmutableArray<Outcome> Dead, ImmutableArray<Outcome> Attempts, long? After)
        : ILocalMessage;

    /// <summary>Commit that a job is paused, runs on, or runs again.</summary>
    /// <param name="Again">set where its dead pieces are to be run again, with all their attempts, and its time counts anew from this
    /// moment</param>
    /// <param name="Reason">why it is in this state, where that was not the user's wish</param>
    public sealed record Change(int Job, JobState State, DateTimeOffset? Again = null, string? Reason = null) : ILocalMessage;

    /// <summary>
    /// Commit all that came before, and that this host ends in order; answered by <see cref="Closed"/> when that was done, or tried.
    /// </summary>
    public sealed record Close : ILocalMessage;

    public sealed record Closed : ILocalMessage;

    /// <summary>What a job that ended was asked to do; answered by an <see cref="AcceptedJob"/> or <see cref="NoSuchJob"/>.</summary>
    public sealed record Order(int Job) : ILocalMessage;

    /// <summary>Commit the end of a job.</summary>
    public sealed record End(JobDetail Job) : ILocalMessage;

    /// <summary>
    /// Remove jobs that have ended: this one, or all that were accepted before; answered by <see cref="Removed"/>, or by a failure to whom
    /// it is for.
    /// </summary>
    public sealed record Remove(int? Job, DateTimeOffset Before, IActorRef For) : ILocalMessage;

    /// <param name="Jobs">those that were there</param>
    public sealed record Removed(int? Job, ImmutableArray<int> Jobs, IActorRef For) : ILocalMessage;

    /// <summary>Answered by a <see cref="JobDetail"/> or by <see cref="NoSuchJob"/>.</summary>
    public sealed record Read(int Job) : ILocalMessage;

    public sealed record NoSuchJob(int Job) : ILocalMessage;

    public static Props Props(IJournalStore store) =>
        Akka.Actor.Props.Create(() => new JournalActor(store)).WithDispatcher("mailroom.dispatchers.journal");
}
