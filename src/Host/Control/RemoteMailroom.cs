using System.Globalization;
using System.Net.Http.Json;
using Mailroom.Client;
using Mailroom.Inspection;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Observe;

namespace Mailroom.Host.Control;

/// <summary>The host in another process, over its control endpoint.</summary>
internal sealed class RemoteMailroom : IMailroom, IDisposable
{
    private readonly MailroomClient _client;
    private readonly ControlEndpoint _endpoint;

    private RemoteMailroom(MailroomClient client) => (_client, _endpoint) = (client, client.Endpoint);

    /// <summary>The host that runs on a state folder, or null when none does.</summary>
    public static async Task<RemoteMailroom?> FindAsync(StateFolder state, CancellationToken cancellation) =>
        await MailroomClient.FindAsync(state, cancellation).ConfigureAwait(false) is { } client ? new RemoteMailroom(client) : null;

    public Task<int> SendAsync(JobRequest request, CancellationToken cancellation) => _client.SendAsync(request, cancellation);

    public async Task<IReadOnlyList<JobSummary>> JobsAsync(CancellationToken cancellation) =>
        [.. (await _client.JobsAsync(cancellation)).Select(row => row.ToSummary())];

    public async Task<JobDetail> JobAsync(int job, CancellationToken cancellation) =>
        (await _client.JobAsync(job, cancellation)).ToDetail();

    public IAsyncEnumerable<JobDetail> FollowAsync(int job, CancellationToken cancellation) =>
        _client.FollowAsync(job, cancellation).Select(document => document.ToDetail());

    public IAsyncEnumerable<Feed.Changes> WatchAsync(CancellationToken cancellation) =>
        _endpoint.StreamAsync(
            () => new HttpRequestMessage(HttpMethod.Get, "/changes"),
            json => Contract.Read<ChangesDocument>(json).ToChanges(),
            cancellation
        );

    public async Task<JobDetail> CancelAsync(int job, CancellationToken cancellation) =>
        (await _client.CancelAsync(job, cancellation)).ToDetail();

    public async Task<JobDetail> PauseAsync(int job, CancellationToken cancellation) =>
        (await _client.PauseAsync(job, cancellation)).ToDetail();

    public async Task<JobDetail> ResumeAsync(int job, CancellationToken cancellation) =>
        (await _client.ResumeAsync(job, cancellation)).ToDetail();

    public async Task<JobDetail> RetryAsync(int job, CancellationToken cancellation) =>
        (await _client.RetryAsync(job, cancellation)).ToDetail();

    public async Task<AcceptedJob> OrderAsync(int job, CancellationToken cancellation) =>
        (await GetAsync<JobOrderDocument>($"/jobs/{job}/order", cancellation)).ToJob();

    public async Task<IReadOnlyList<int>> RemoveAsync(int? job, DateTimeOffset before, CancellationToken cancellation) =>
        await PostAsync<int[]>(
            $"/jobs/remove?{(job is null ? "" : $"job={job}&")}before={Uri.EscapeDataString($"{before:O}")}",
            cancellation
        );

    public async Task<IReadOnlyList<NodeReport>> NodesAsync(CancellationToken cancellation) =>
        await GetAsync<NodeReport[]>("/nodes", cancellation);

    public async Task<IReadOnlyList<NodeReport>> AddNodesAsync(int count, CancellationToken cancellation) =>
        await PostAsync<NodeReport[]>($"/nodes?count={count}", cancellation);

    public async Task<IReadOnlyList<NodeReport>> RetireNodeAsync(string name, bool now, CancellationToken cancellation) =>
        await PostAsync<NodeReport[]>($"/nodes/{Uri.EscapeDataString(name)}/retire?now={(now ? "true" : "false")}", cancellation);

    public Task<HostDocument> HostAsync(CancellationToken cancellation) => GetAsync<HostDocument>("/host", cancellation);

    public Task<InvitationDocument> InviteAsync(string? name, TimeSpan ttl, CancellationToken cancellation) =>
        PostAsync<InvitationDocument>(
            string.Create(
                CultureInfo.InvariantCulture,
                $"/members?{(name is null ? "" : $"name={Uri.EscapeDataString(name)}&")}seconds={ttl.TotalSeconds:R}"
            ),
            cancellation
        );

    public async Task<IReadOnlyList<MemberDocument>> MembersAsync(CancellationToken cancellation) =>
        await GetAsync<MemberDocument[]>("/members", cancellation);

    public async Task<IReadOnlyList<MemberDocument>> RevokeAsync(string name, CancellationToken cancellation) =>
        await PostAsync<MemberDocument[]>($"/members/{Uri.EscapeDataString(name)}/revoke", cancellation);

    public Task<RotationDocument> RotateAsync(bool finish, CancellationToken cancellation) =>
        PostAsync<RotationDocument>($"/authority/rotate?finish={(finish ? "true" : "false")}", cancellation);

    public async Task<IReadOnlyList<ActorReport>> ActorsAsync(CancellationToken cancellation) =>
        await GetAsync<ActorReport[]>("/actors", cancellation);

    public async Task<IReadOnlyList<Usage>> UsageAsync(CancellationToken cancellation) => await GetAsync<Usage[]>("/usage", cancellation);

    public Task FetchLogsAsync(string? node, CancellationToken cancellation) =>
        PostAsync<bool>("/logs/fetch" + (node is null ? "" : $"?node={Uri.EscapeDataString(node)}"), cancellation);

    public IAsyncEnumerable<LogLine> LogsAsync(LogQuery query, bool follow, CancellationToken cancellation) =>
        _endpoint.StreamAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, $"/logs?follow={(follow ? "true" : "false")}")
                {
                    Content = JsonContent.Create(query, Contract.Type<LogQuery>()),
                },
            json => LogLine.Parse(json)!,
            cancellation
        );

    public void Dispose() => _client.Dispose();

    private Task<T> GetAsync<T>(string path, CancellationToken cancellation) => _endpoint.GetAsync(path, Contract.Type<T>(), cancellation);

    private Task<T> PostAsync<T>(string path, CancellationToken cancellation) =>
        _endpoint.PostAsync(path, Contract.Type<T>(), cancellation);
}
