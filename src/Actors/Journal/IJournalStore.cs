using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Model;

namespace Mailroom.Journal;

/// <summary>
/// Where jobs and what is recorded of them stand. What a method has done when it returns is on the disk; what it throws has changed
/// nothing.
/// One thread at a time uses it.
/// </summary>
/// <remarks>Each method throws a <see cref="StoreException"/> when the store fails, and a <see cref="UserError"/> when a row is
/// damaged.</remarks>
public interface IJournalStore : IDisposable
{
    /// <summary>Where it is, as people are told.</summary>
    string Place { get; }

    /// <summary>Takes a job, and gives it its number.</summary>
    int Accept(JobSummary job, JobOrder order);

    /// <summary>The job that was accepted with this id, or null.</summary>
    int? Find(string id);

    /// <summary>A job that has not ended, or null; from now on this host runs it.</summary>
    AcceptedJob? Unfinished(int job);

    /// <summary>The jobs that have not ended, oldest first.</summary>
    IReadOnlyList<AcceptedJob> Unfinished();

    /// <summary>What a job was asked to do, or null when there is no such job.</summary>
    AcceptedJob? Order(int job);

    /// <summary>Records the ends of pieces and failed attempts of several jobs, all or nothing.</summary>
    void Record(IEnumerable<JournalWriter.Record> records);

    /// <summary>What is recorded of a job behind a mark, about a megabyte of it, and the next mark; null when that was all.</summary>
    /// <param name="after">0, or the last mark</param>
    (IReadOnlyList<Batch> Done, long? After) Replay(int job, long after);

    /// <summary>Attempts that failed and count, in the order in which they did, without their stacks.</summary>
    IReadOnlyList<Outcome> Attempts(int job);

    /// <summary>The dead pieces of a job.</summary>
    IReadOnlyList<Outcome> Dead(int job);

    /// <summary>A job is paused, runs on, or runs its dead pieces again.</summary>
    /// <param name="again">set where its dead pieces are to be run again, from then on</param>
    void Change(int job, JobState state, DateTimeOffset? again, string? reason);

    /// <summary>
    /// This host takes over a job, which is counted if the last one died over it: it did if it ran the job by its own threads, and has not
    /// ended in order.
    /// </summary>
    /// <param name="goesOn">whether this host can run it</param>
    /// <returns>how many hosts in a row died over it, without anything new being recorded</returns>
    int TakeOver(int job, bool goesOn);

    /// <summary>The host ends in order: whatever it leaves unfinished, it has not died over it.</summary>
    void Close();

    /// <summary>
    /// Forgets all but the last jobs, and those that have not ended; and what a host that died meanwhile recorded of jobs that were
    /// cancelled.
    /// </summary>
    void Forget(int allBut);

    /// <summary>Removes jobs that have ended, and all that is recorded of them.</summary>
    /// <param name="job">only this one, or null for all</param>
    /// <param name="before">only those that were accepted before</param>
    /// <returns>those that were there</returns>
    IReadOnlyList<int> Remove(int? job, DateTimeOffset before);

    /// <summary>How a job ended. What is recorded of its pieces is kept only as long as some of them are dead, for their retry.</summary>
    void End(JobDetail job);

    /// <summary>All that is known of a job, or null when there is no such job.</summary>
    JobDetail? Read(int job);

    /// <summary>The last jobs, newest first.</summary>
    IReadOnlyList<JobSummary> Last(int count);

    /// <summary>The files in which answers stand that are too big for the journal.</summary>
    IReadOnlySet<string> AnswerFiles();

    /// <summary>What was chosen for a job of this kind with these arguments, or null.</summary>
    Choice? Learned(string kind, string argumentsJson);

    /// <param name="job">the job that goes on by what was chosen, or null</param>
    void Learn(int? job, string kind, string argumentsJson, Choice choice);
}

/// <summary>A store has failed.</summary>
/// <param name="mayPass">whether the same may succeed later, because it was the disk's fault and not the row's</param>
public sealed class StoreException(string reason, bool mayPass, Exception? cause = null) : Exception(reason, cause)
{
    public bool MayPass => mayPass;
}
