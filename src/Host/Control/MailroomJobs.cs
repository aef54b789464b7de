using Mailroom.Client;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Model;
using Mailroom.Nodes;

namespace Mailroom.Host.Control;

internal static class MailroomJobs
{
    /// <summary>Waits for a job to end.</summary>
    /// <param name="look">called with how it stands, now and then</param>
    /// <exception cref="UserError">the host went away while it ran</exception>
    public static async Task<JobDetail> EndAsync(
        this IMailroom mailroom,
        int job,
        CancellationToken cancellation,
        Action<JobDetail>? look = null
    )
    {
        JobDetail? last = null;
        await foreach (var detail in mailroom.FollowAsync(job, cancellation))
        {
            look?.Invoke(detail);
            last = detail;
        }
        return last is { Summary.HasEnded: true } ? last : throw MailroomClient.WentAway(job);
    }

    /// <summary>Waits until the nodes are as wished.</summary>
    /// <exception cref="UserError">the host went away meanwhile</exception>
    public static async Task NodesAsync(
        this IMailroom mailroom,
        Func<IReadOnlyCollection<NodeReport>, bool> areAsWished,
        CancellationToken cancellation
    )
    {
        var nodes = new Dictionary<string, NodeReport>(StringComparer.Ordinal);
        await foreach (var changes in mailroom.WatchAsync(cancellation))
        {
            foreach (var node in changes.Nodes)
                nodes[node.Name] = node;
            if (areAsWished(nodes.Values))
                return;
        }
        throw new UserError("the host went away while its nodes were waited for", ExitCode.Unreachable);
    }

    /// <summary>Sends a job and waits for it to end.</summary>
    /// <exception cref="UserError">the host went away while it ran</exception>
    public static async Task<JobDetail> RunAsync(this IMailroom mailroom, JobRequest request, CancellationToken cancellation) =>
        await mailroom.EndAsync(await mailroom.SendAsync(request, cancellation), cancellation);
}
