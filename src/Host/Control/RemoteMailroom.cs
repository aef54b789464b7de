using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Jobs;
using Mailroom.Logs;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Observe;

namespace Mailroom.Host.Control;

/// <summary>The host in another process, over its control endpoint.</summary>
internal sealed class RemoteMailroom : IMailroom, IDisposable
{
    private readonly HttpClient _http;
    private readonly StateFolder _state;

    private RemoteMailroom(StateFolder state)
    {
        _state = state;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, cancellation) => await ConnectAsync(cancellation) })
        {
            BaseAddress = new Uri("http://mailroom"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The host that runs on a state folder, or null when none does.</summary>
    public static async Task<RemoteMailroom?> FindAsync(StateFolder state, CancellationToken cancellation)
    {
        await using var host = await ControlSocket.ConnectAsync(state, cancellation).ConfigureAwait(false);
        return host is null ? null : new RemoteMailroom(state);
    }

    public Task<int> SendAsync(JobRequest request, CancellationToken cancellation) =>
        PostAsync<int>("/jobs", cancellation, JsonContent.Create(request, Contract.Type<JobRequest>()));

    public async Task<IReadOnlyList<JobSummary>> JobsAsync(CancellationToken cancellation) =>
        [.. (await GetAsync<JobRow[]>("/jobs", cancellation)).Select(row => row.ToSummary())];

    public async Task<JobDetail> JobAsync(int job, CancellationToken cancellation) =>
        (await GetAsync<JobDocument>($"/jobs/{job}", cancellation)).ToDetail();

    public IAsyncEnumerable<JobDetail> FollowAsync(int job, CancellationToken cancellation) =>
        StreamAsync(
            new HttpRequestMessage(HttpMethod.Get, $"/jobs/{job}/follow"),
            json => Contract.Read<JobDocument>(json).ToDetail(),
            cancellation
        );

    public IAsyncEnumerable<Feed.Changes> WatchAsync(CancellationToken cancellation) =>
        StreamAsync(
            new HttpRequestMessage(HttpMethod.Get, "/changes"),
            json => Contract.Read<ChangesDocument>(json).ToChanges(),
            cancellation
        );

    public Task<JobDetail> CancelAsync(int job, CancellationToken cancellation) => ChangeAsync(job, "cancel", cancellation);

    public Task<JobDetail> PauseAsync(int job, CancellationToken cancellation) => ChangeAsync(job, "pause", cancellation);

    public Task<JobDetail> ResumeAsync(int job, CancellationToken cancellation) => ChangeAsync(job, "resume", cancellation);

    public Task<JobDetail> RetryAsync(int job, CancellationToken cancellation) => ChangeAsync(job, "retry", cancellation);

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

    public async Task<IReadOnlyList<ActorReport>> ActorsAsync(CancellationToken cancellation) =>
        await GetAsync<ActorReport[]>("/actors", cancellation);

    public async Task<IReadOnlyList<Usage>> UsageAsync(CancellationToken cancellation) => await GetAsync<Usage[]>("/usage", cancellation);

    public IAsyncEnumerable<LogLine> LogsAsync(LogQuery query, bool follow, CancellationToken cancellation) =>
        StreamAsync(
            new HttpRequestMessage(HttpMethod.Post, $"/logs?follow={(follow ? "true" : "false")}")
            {
                Content = JsonContent.Create(query, Contract.Type<LogQuery>()),
            },
            json => LogLine.Parse(json)!,
            cancellation
        );

    public void Dispose() => _http.Dispose();

    private async Task<Stream> ConnectAsync(CancellationToken cancellation) =>
        await ControlSocket.ConnectAsync(_state, cancellation) ?? throw Unreachable(isPassing: true);

    private Task<T> GetAsync<T>(string path, CancellationToken cancellation) =>
        SendAsync<T>(new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    private async Task<JobDetail> ChangeAsync(int job, string verb, CancellationToken cancellation) =>
        (await PostAsync<JobDocument>($"/jobs/{job}/{verb}", cancellation)).ToDetail();

    private Task<T> PostAsync<T>(string path, CancellationToken cancellation, HttpContent? body = null) =>
        SendAsync<T>(new HttpRequestMessage(HttpMethod.Post, path) { Content = body }, cancellation);

    private async Task<T> SendAsync<T>(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await AnswerAsync(request, cancellation).ConfigureAwait(false);
        var told = await TextAsync(response, cancellation).ConfigureAwait(false);
        return Read(() => Contract.Read<T>(told));
    }

    private async IAsyncEnumerable<T> StreamAsync<T>(
        HttpRequestMessage request,
        Func<string, T> read,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var response = await AnswerAsync(request, cancellation).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var events = SseParser
            .Create(stream, (_, data) => System.Text.Encoding.UTF8.GetString(data))
            .EnumerateAsync(cancellation)
            .GetAsyncEnumerator(cancellation);
        while (await NextAsync(events).ConfigureAwait(false))
            yield return Read(() => read(events.Current.Data));
    }

    // The host may go between the head of its answer and the body.
    private async Task<string> TextAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw Unreachable(error);
        }
    }

    private T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (JsonException error)
        {
            throw new UserError(
                $"the host on {_state.Path} is of another version than this 'mailroom'; stop it and start it again with this one",
                ExitCode.Unreachable,
                error
            );
        }
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw Unreachable(error);
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            throw error.InnerException as UserError ?? Unreachable(error);
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            var told = await TextAsync(response, cancellation).ConfigureAwait(false);
            var error = told.StartsWith('{') ? Read(() => Contract.Read<ControlError>(told)) : null;
            throw error is null
                ? new UserError($"the host answered {(int)response.StatusCode} to {request.RequestUri}; see its log", ExitCode.Unreachable)
                : new UserError(error.Error, error.ExitCode) { IsPassing = error.IsPassing };
        }
    }

    private UserError Unreachable(Exception? cause = null, bool isPassing = false) =>
        new($"the host on {_state.Path} can't be reached any more; 'mailroom start' starts it again", ExitCode.Unreachable, cause)
        {
            IsPassing = isPassing,
        };
}
