using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Mailroom.Input;

namespace Mailroom.Client;

/// <summary>
/// A host that runs on this machine, asked by another program: sends jobs, follows them, reads their answers. It may be used by many
/// threads at once.
/// </summary>
/// <remarks>
/// It talks over the control socket of the host's state folder, which only the user who started the host can open. Every member throws
/// <see cref="UserError"/> where the host refuses or can't be reached; its message is the line that <c>mailroom</c> would print.
/// </remarks>
public sealed class MailroomClient : IDisposable
{
    private MailroomClient(ControlEndpoint endpoint) => Endpoint = endpoint;

    /// <summary>For what else a host can be asked.</summary>
    internal ControlEndpoint Endpoint { get; }

    /// <summary>The host of a state folder.</summary>
    /// <param name="state">the folder, as after <c>--state</c>; null for the user's own</param>
    /// <exception cref="UserError">no host runs there</exception>
    public static async Task<MailroomClient> ConnectAsync(string? state = null, CancellationToken cancellation = default) =>
        await FindAsync(StateFolder.At(state), cancellation).ConfigureAwait(false)
        ?? throw new UserError($"no host runs on {StateFolder.At(state).Path}; 'mailroom start' starts one", ExitCode.Unreachable);

    internal static async Task<MailroomClient?> FindAsync(StateFolder state, CancellationToken cancellation)
    {
        var endpoint = new ControlEndpoint(state);
        if (await endpoint.IsThereAsync(cancellation).ConfigureAwait(false))
            return new MailroomClient(endpoint);
        endpoint.Dispose();
        return null;
    }

    /// <summary>Sends a job. When this returns it is committed, and outlives whatever happens to the host or to this program.</summary>
    /// <remarks>
    /// Where it throws <see cref="ExitCode.Unreachable"/> or is cancelled, the job may be committed all the same. Whoever gave it a
    /// <see cref="JobRequest.Id"/> sends it again, and is told its number.
    /// </remarks>
    /// <returns>the job's number</returns>
    public Task<int> SendAsync(JobRequest request, CancellationToken cancellation = default) =>
        Endpoint.PostAsync("/jobs", Type<int>(), cancellation, JsonContent.Create(request, Type<JobRequest>()));

    /// <summary>All jobs, the newest first.</summary>
    public async Task<IReadOnlyList<JobRow>> JobsAsync(CancellationToken cancellation = default) =>
        await Endpoint.GetAsync("/jobs", Type<JobRow[]>(), cancellation).ConfigureAwait(false);

    /// <summary>A job as it stands.</summary>
    public Task<JobDocument> JobAsync(int job, CancellationToken cancellation = default) =>
        Endpoint.GetAsync($"/jobs/{job}", Type<JobDocument>(), cancellation);

    /// <summary>How the job stands, now and then, and last of all how it ended.</summary>
    /// <exception cref="UserError">the host went away meanwhile; its next one goes on with the job</exception>
    public async IAsyncEnumerable<JobDocument> FollowAsync(int job, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var states = Endpoint.StreamAsync(
            () => new HttpRequestMessage(HttpMethod.Get, $"/jobs/{job}/follow"),
            json => ControlEndpoint.Read(json, Type<JobDocument>()),
            cancellation
        );
        var hasEnded = false;
        await foreach (var now in states.ConfigureAwait(false))
        {
            hasEnded = now.HasEnded;
            yield return now;
        }
        if (!hasEnded)
            throw WentAway(job);
    }

    /// <summary>Waits for a job to end.</summary>
    /// <returns>how it ended, completed or not</returns>
    /// <exception cref="UserError">the host went away meanwhile; its next one goes on with the job</exception>
    public async Task<JobDocument> WaitAsync(int job, CancellationToken cancellation = default)
    {
        JobDocument? last = null;
        await foreach (var now in FollowAsync(job, cancellation).ConfigureAwait(false))
            last = now;
        return last!;
    }

    /// <summary>Cancels a job; what it has done so far stays.</summary>
    /// <returns>how it ended</returns>
    public Task<JobDocument> CancelAsync(int job, CancellationToken cancellation = default) => ChangeAsync(job, "cancel", cancellation);

    /// <summary>Begins nothing new of a job; what runs ends.</summary>
    public Task<JobDocument> PauseAsync(int job, CancellationToken cancellation = default) => ChangeAsync(job, "pause", cancellation);

    /// <summary>Lets a paused job go on.</summary>
    public Task<JobDocument> ResumeAsync(int job, CancellationToken cancellation = default) => ChangeAsync(job, "resume", cancellation);

    /// <summary>Runs the dead pieces of a failed job again.</summary>
    public Task<JobDocument> RetryAsync(int job, CancellationToken cancellation = default) => ChangeAsync(job, "retry", cancellation);

    public void Dispose() => Endpoint.Dispose();

    internal static UserError WentAway(int job) =>
        new(
            $"the host went away while job {job} ran; 'mailroom start' goes on with it, 'mailroom jobs cancel {job}' ends it",
            ExitCode.Unreachable
        );

    private Task<JobDocument> ChangeAsync(int job, string verb, CancellationToken cancellation) =>
        Endpoint.PostAsync($"/jobs/{job}/{verb}", Type<JobDocument>(), cancellation);

    private static JsonTypeInfo<T> Type<T>() => JobContract.Type<T>();
}
