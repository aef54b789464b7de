using Mailroom.Client;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Observe;

namespace Mailroom.Host.Control;

/// <summary>All that a command can ask of a host, whether it runs in this process or in another.</summary>
/// <remarks>Every member throws <see cref="Input.UserError"/> with the line that the user shall read.</remarks>
internal interface IMailroom
{
    /// <summary>The job's number, once it is committed.</summary>
    Task<int> SendAsync(JobRequest request, CancellationToken cancellation);

    /// <summary>The newest first.</summary>
    Task<IReadOnlyList<JobSummary>> JobsAsync(CancellationToken cancellation);

    Task<JobDetail> JobAsync(int job, CancellationToken cancellation);

    /// <summary>How the job stands, now and then, and last of all how it ended.</summary>
    IAsyncEnumerable<JobDetail> FollowAsync(int job, CancellationToken cancellation);

    /// <summary>
    /// All jobs, nodes and actors as they are, and then what has changed of them. Who takes its time gets the newest, not what it missed.
    /// </summary>
    IAsyncEnumerable<Feed.Changes> WatchAsync(CancellationToken cancellation);

    /// <summary>The job as it ended.</summary>
    Task<JobDetail> CancelAsync(int job, CancellationToken cancellation);

    /// <summary>Begins nothing new of a job; what runs ends.</summary>
    Task<JobDetail> PauseAsync(int job, CancellationToken cancellation);

    Task<JobDetail> ResumeAsync(int job, CancellationToken cancellation);

    /// <summary>Runs the dead pieces of a failed job again.</summary>
    Task<JobDetail> RetryAsync(int job, CancellationToken cancellation);

    /// <summary>What a job was asked to do.</summary>
    Task<AcceptedJob> OrderAsync(int job, CancellationToken cancellation);

    /// <summary>Removes jobs that have ended: this one, or all that were accepted before.</summary>
    /// <returns>their numbers</returns>
    /// <exception cref="UserError">there is no such job, or it has not ended</exception>
    Task<IReadOnlyList<int>> RemoveAsync(int? job, DateTimeOffset before, CancellationToken cancellation);

    Task<IReadOnlyList<NodeReport>> NodesAsync(CancellationToken cancellation);

    /// <summary>Starts so many own nodes more.</summary>
    Task<IReadOnlyList<NodeReport>> AddNodesAsync(int count, CancellationToken cancellation);

    /// <summary>Lets a node leave and not come back.</summary>
    /// <param name="now">what it runs goes back to the queue at once, instead of ending there</param>
    Task<IReadOnlyList<NodeReport>> RetireNodeAsync(string name, bool now, CancellationToken cancellation);

    Task<HostDocument> HostAsync(CancellationToken cancellation);

    /// <summary>Lets a node of another machine join, once, under this name or any that is free.</summary>
    Task<InvitationDocument> InviteAsync(string? name, TimeSpan ttl, CancellationToken cancellation);

    /// <summary>Who is invited and has not come, and who is a member.</summary>
    Task<IReadOnlyList<MemberDocument>> MembersAsync(CancellationToken cancellation);

    /// <summary>Takes a name's invitation and certificates away; a node that is there under it goes at once.</summary>
    /// <returns>who is left</returns>
    Task<IReadOnlyList<MemberDocument>> RevokeAsync(string name, CancellationToken cancellation);

    /// <summary>Changes the authority for a new one, or ends that; asked again, tells how far it is.</summary>
    /// <param name="finish">the one before is to be believed no more</param>
    Task<RotationDocument> RotateAsync(bool finish, CancellationToken cancellation);

    Task<IReadOnlyList<ActorReport>> ActorsAsync(CancellationToken cancellation);

    /// <summary>What the host and each of its nodes have used so far; of nodes as of their last heartbeat.</summary>
    Task<IReadOnlyList<Usage>> UsageAsync(CancellationToken cancellation);

    /// <summary>Brings what far nodes have logged into the host's own files, from this node or from all; some seconds at most.</summary>
    Task FetchLogsAsync(string? node, CancellationToken cancellation);

    IAsyncEnumerable<LogLine> LogsAsync(LogQuery query, bool follow, CancellationToken cancellation);
}
