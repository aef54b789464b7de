using Akka.Actor;
using Mailroom.Journal;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <summary>One running job: makes its pieces, offers them to its pool, judges what became of them, and makes the answer.</summary>
internal static class JobRun
{
    /// <summary>From the desk.</summary>
    public sealed record Cancel(string Reason) : ILocalMessage;

    /// <summary>To the desk, now and then.</summary>
    public sealed record Progress(JobDetail Job) : ILocalMessage;

    /// <summary>To the desk, last of all.</summary>
    public sealed record Ended(JobDetail Job) : ILocalMessage;

    public static Props Props(JobDesk.Settings settings, JobSummary job, JobDesk.Send send, JobDesk.PoolSeat seat, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new JobRunActor(settings, job, send, seat, time)).WithDispatcher("mailroom.dispatchers.jobs");
}
