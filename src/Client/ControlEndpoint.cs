using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mailroom.Input;

namespace Mailroom.Client;

/// <summary>
/// The control endpoint of the host on a state folder, over HTTP. Whatever goes wrong is a <see cref="UserError"/>, with the line that a
/// person shall read.
/// </summary>
internal sealed class ControlEndpoint : IDisposable
{
    private readonly HttpClient _http;
    private readonly StateFolder _state;

    public ControlEndpoint(StateFolder state)
    {
        _state = state;
        // No proxy of the environment's has anything to do with it.
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) => await ConnectAsync(cancellation),
            UseProxy = false,
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://mailroom"), Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Whether a host listens there.</summary>
    public async Task<bool> IsThereAsync(CancellationToken cancellation)
    {
        await using var host = await ControlSocket.ConnectAsync(_state, cancellation).ConfigureAwait(false);
        return host is not null;
    }

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), type, cancellation);

    public Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation, HttpContent? body = null) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = body }, type, cancellation);

    /// <summary>What the host tells until it has said all, as server-sent events.</summary>
    /// <param name="request">made anew for each who reads</param>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        Func<HttpRequestMessage> request,
        Func<string, T> read,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var response = await AnswerAsync(request(), cancellation).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var events = SseParser
            .Create(stream, (_, data) => Encoding.UTF8.GetString(data))
            .EnumerateAsync(cancellation)
            .GetAsyncEnumerator(cancellation);
        while (await NextAsync(events).ConfigureAwait(false))
            yield return Read(() => read(events.Current.Data));
    }

    /// <exception cref="JsonException">the text is no such value</exception>
    public static T Read<T>(string text, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(text, type) ?? throw new JsonException("null is no answer");

    public void Dispose() => _http.Dispose();

    private async Task<Stream> ConnectAsync(CancellationToken cancellation) =>
        await ControlSocket.ConnectAsync(_state, cancellation) ?? throw Unreachable(isPassing: true);

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var response = await AnswerAsync(request, cancellation).ConfigureAwait(false);
        var told = await TextAsync(response, cancellation).ConfigureAwait(false);
        return Read(() => Read(told, type));
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
            var error = told.StartsWith('{') ? Read(() => Read(told, JobContract.Type<ControlError>())) : null;
            throw error is null
                ? new UserError($"the host answered {(int)response.StatusCode} to {request.RequestUri}; see its log", ExitCode.Unreachable)
                : new UserError(error.Error, error.ExitCode) { IsPassing = error.IsPassing };
        }
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

    private UserError Unreachable(Exception? cause = null, bool isPassing = false) =>
        new($"the host on {_state.Path} can't be reached any more; 'mailroom start' starts it again", ExitCode.Unreachable, cause)
        {
            IsPassing = isPassing,
        };
}
