using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Jobs;

/// <summary>One running job: makes its pieces, offers them to its pool, judges what became of them, and makes the answer.</summary>
internal static class JobRun
{
    /// <summary>From the desk: stop what runs, and then end; <see cref="Ended"/> says how it stopped.</summary>
    public sealed record Cancel(string Reason) : ILocalMessage;

    /// <summary>To the desk, when it begins to stop what runs.</summary>
    /// <param name="Job">as if it were cancelled already</param>
    public sealed record Cancelling(JobDetail Job) : ILocalMessage;

    /// <summary>To the desk, now and then.</summary>
    public sealed record Progress(JobDetail Job) : ILocalMessage;

    /// <summary>To the desk, last of all.</summary>
    public sealed record Ended(JobDetail Job) : ILocalMessage;

    /// <summary>From the desk: begin nothing new, or go on.</summary>
    public sealed record Pause(bool On) : ILocalMessage;

    /// <summary>From the desk: begin nothing new, record what still ends, and stop; the next host goes on.</summary>
    public sealed record Suspend : ILocalMessage;

    /// <summary>To the desk, last of all instead of <see cref="Ended"/>: all is recorded.</summary>
    public sealed record Suspended(JobDetail Job) : ILocalMessage;

    /// <param name="Job">as it stands; one that is paused begins nothing; its seconds go on from here</param>
    /// <param name="Resumes">whether pieces of it may be recorded already</param>
    /// <param name="Seats">set where the technique is still to be chosen: the first pieces run by the one that the job has, and are
    /// measured</param>
    /// <param name="Because">why it was chosen already</param>
    public sealed record Start(
        AcceptedJob Job,
        JobRequest Request,
        IWork Work,
        bool Resumes,
        ImmutableDictionary<Technique, JobDesk.PoolSeat>? Seats = null,
        string? Because = null
    )
    {
        public JobSummary Summary => Job.Summary;
    }

    public static Props Props(JobDesk.Settings settings, Start start, IActorRef pool, IActorRef journal, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new JobRunActor(settings, start, pool, journal, time)).WithDispatcher("mailroom.dispatchers.jobs");
}
