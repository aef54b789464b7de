using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Model;

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
        return last is { Summary.HasEnded: true }
            ? last
            : throw new UserError(
                $"the host went away while job {job} ran; 'mailroom start' goes on with it, 'mailroom jobs cancel {job}' ends it",
                ExitCode.Unreachable
            );
    }

    /// <summary>Sends a job and waits for it to end.</summary>
    /// <exception cref="UserError">the host went away while it ran</exception>
    public static async Task<JobDetail> RunAsync(this IMailroom mailroom, JobRequest request, CancellationToken cancellation) =>
        await mailroom.EndAsync(await mailroom.SendAsync(request, cancellation), cancellation);
}
