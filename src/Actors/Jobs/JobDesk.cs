using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Client;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <summary>Accepts jobs, numbers, lists and controls them; each running job is a child of it.</summary>
public static class JobDesk
{
    /// <summary>Run this; answered by <see cref="Accepted"/> once it is committed, or by <see cref="Refused"/>.</summary>
    /// <param name="KindVersion">see <see cref="Catalogue.VersionOf"/></param>
    public sealed record Send(JobRequest Request, IWork Work, string KindVersion = "") : ILocalMessage;

    public sealed record Accepted(int Job) : ILocalMessage;

    /// <param name="IsStopping">refused only because this host stops; the next one may take it</param>
    public sealed record Refused(string Reason, bool IsStopping = false) : ILocalMessage;

    /// <summary>Answered by <see cref="Listed"/>.</summary>
    public sealed record List : ILocalMessage;

    /// <summary>The newest first, as far back as the desk remembers.</summary>
    public sealed record Listed(ImmutableArray<JobSummary> Jobs) : ILocalMessage;

    /// <summary>Answered at once by a <see cref="JobDetail"/> or by <see cref="NotFound"/>.</summary>
    public sealed record Show(int Job) : ILocalMessage;

    /// <summary>Answered when the job has ended, by a <see cref="JobDetail"/>, or at once by <see cref="NotFound"/>.</summary>
    public sealed record Wait(int Job) : ILocalMessage;

    /// <summary>Answered by a <see cref="JobDetail"/> when the job has ended, or by <see cref="NotFound"/>.</summary>
    public sealed record Cancel(int Job) : ILocalMessage;

    /// <summary>
    /// Begin nothing new of this job; what runs ends. Answered by a <see cref="JobDetail"/>, <see cref="NotFound"/> or
    /// <see cref="Refused"/>.
    /// </summary>
    public sealed record Pause(int Job) : ILocalMessage;

    /// <summary>Go on with a paused job; answered like <see cref="Pause"/>.</summary>
    public sealed record Resume(int Job) : ILocalMessage;

    /// <summary>Run the dead pieces of a failed job again, and only these; answered like <see cref="Pause"/>.</summary>
    public sealed record Retry(int Job) : ILocalMessage;

    /// <summary>
    /// Remove jobs that have ended, and all that is recorded of them: this one, or all that were accepted before. Answered by
    /// <see cref="Removed"/>, <see cref="NotFound"/> or <see cref="Refused"/>.
    /// </summary>
    public sealed record Remove(int? Job, DateTimeOffset Before) : ILocalMessage;

    public sealed record Removed(ImmutableArray<int> Jobs) : ILocalMessage;

    /// <summary>
    /// What was the job asked to do? Answered by an <see cref="AcceptedJob"/>, whether it has ended or not, or by
    /// <see cref="JournalWriter.NoSuchJob"/>.
    /// </summary>
    public sealed record Order(int Job) : ILocalMessage;

    public sealed record NotFound(int Job) : ILocalMessage;

    /// <summary>Published to the EventStream: a job as it stands now.</summary>
    public sealed record Changed(JobSummary Job) : ILocalMessage;

    /// <summary>Published likewise: a job that ended so long ago that it is not listed any more.</summary>
    public sealed record Forgotten(int Job) : ILocalMessage;

    /// <summary>Accept nothing new; answered by <see cref="Drained"/> when no job runs any more.</summary>
    /// <param name="Suspend">leave jobs to the next host: only the pieces that run are waited for</param>
    public sealed record Drain(bool Suspend) : ILocalMessage;

    public sealed record Drained : ILocalMessage;

    /// <param name="Attempts">attempts per piece where the request says nothing</param>
    /// <param name="MaxCrashes">a piece whose processes ended so often becomes a dead letter</param>
    /// <param name="FirstDelay">upper bound of the wait before the second attempt; it doubles with each one</param>
    /// <param name="MaxDelay">upper bound of all waits between attempts</param>
    /// <param name="Grace">how long a piece that is cancelled may take to end by itself; a little longer, and a cancelled job waits for it
    /// no more</param>
    /// <param name="Remembered">ended jobs that are listed</param>
    public sealed record Settings(int Attempts, int MaxCrashes, TimeSpan FirstDelay, TimeSpan MaxDelay, TimeSpan Grace, int Remembered)
    {
        /// <summary>Runs the kinds' own code that is no piece.</summary>
        public ICodeRunner Code { get; init; } = CodeThreads.Shared;

        /// <summary>Whether it is looked for pieces that wait for locks of this process.</summary>
        public bool LooksForLocks { get; init; }
    }

    /// <summary>The pools by technique, how many workers each is expected to have, and how many pieces each worker runs at once.</summary>
    /// <param name="Start">seconds until there are workers</param>
    public sealed record PoolSeat(IActorRef Pool, int Workers, int Width = 1, double Start = 0);

    /// <param name="catalogue">for jobs that are run again</param>
    /// <param name="earlier">jobs of earlier hosts, newest first</param>
    /// <param name="unfinished">those of them that are to go on</param>
    public static Props Props(
        Settings settings,
        ImmutableDictionary<Technique, PoolSeat> pools,
        IActorRef journal,
        Catalogue catalogue,
        ImmutableArray<JobSummary> earlier,
        ImmutableArray<AcceptedJob> unfinished,
        TimeProvider time
    ) => Akka.Actor.Props.Create(() => new JobDeskActor(settings, pools, journal, catalogue, earlier, unfinished, time));
}
