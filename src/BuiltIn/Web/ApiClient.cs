using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Mailroom.Files;
using Mailroom.Input;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace Mailroom.BuiltIn.Web;

/// <summary>How a web API is asked.</summary>
/// <param name="Timeout">for one try of a request, its body included</param>
/// <param name="Tries">of a request that fails or is answered by 408, 429 or 5xx, from 1</param>
/// <param name="PerHost">most requests in flight to one host</param>
internal sealed record ApiPolicy(TimeSpan Timeout, int Tries, int PerHost);

/// <summary>A request that failed for good, with the reason in words that hold no secret.</summary>
internal sealed class WebFailureException(string reason, Exception? cause = null, HttpStatusCode? status = null) : Exception(reason, cause)
{
    /// <summary>What the server answered, or null when it did not, or not with an error.</summary>
    public HttpStatusCode? Status => status;
}

/// <summary>Clients for JSON APIs: connections are shared by all jobs of the process that ask in the same way.</summary>
internal static class ApiClient
{
    private const string KeyHeader = "X-Api-Key";
    private const int MaxDepth = 32;
    private const int MaxBody = 16 * 1024 * 1024; // decompressed

    // A server that wants to be left alone for longer than this has failed, as far as a job is concerned.
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(10);

    private static readonly HttpRequestOptionsKey<Action<byte[]>> Reading = new("reading");

    private static readonly ConcurrentDictionary<ApiPolicy, Lazy<IHttpClientFactory>> Factories = new();

    public static HttpClient Of(ApiPolicy policy) =>
        Factories.GetOrAdd(policy, known => new Lazy<IHttpClientFactory>(() => Factory(known))).Value.CreateClient(nameof(ApiClient));

    /// <summary>Gets JSON and reads it.</summary>
    /// <param name="key">travels in the X-Api-Key header and nowhere else; null or empty sends none</param>
    /// <exception cref="WebFailureException">no useful answer, however often it was tried</exception>
    public static async Task<T> GetAsync<T>(
        HttpClient client,
        Uri url,
        string? key,
        Func<JsonElement, T> read,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (key?.Trim() is { Length: > 0 } secret && !request.Headers.TryAddWithoutValidation(KeyHeader, secret))
            throw new WebFailureException("the key has characters that no HTTP header may have");
        try
        {
            T? answer = default;
            request.Options.Set(Reading, body => answer = Read(body, read));
            using var response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? answer! : throw new WebFailureException(Refusal(response), status: response.StatusCode);
        }
        catch (TimeoutRejectedException late)
        {
            throw new WebFailureException($"no whole answer within {Quantity.Text(late.Timeout)}");
        }
        catch (Exception wrong) when (wrong is InvalidDataException or IOException)
        {
            throw new WebFailureException($"its body can't be decoded: {Visible.Text(wrong.Message)}", wrong);
        }
        catch (UnreadableException wrong)
        {
            throw new WebFailureException($"the answer is not the JSON that was asked for: {Visible.Text(wrong.Message)}");
        }
        catch (HttpRequestException failed) when (failed.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new WebFailureException($"its body has more than {MaxBody} bytes");
        }
        catch (HttpRequestException failed)
        {
            throw new WebFailureException(Visible.Text((failed.InnerException ?? failed).Message), failed);
        }
    }

    private static T Read<T>(byte[] body, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(TextEncodings.Read(body), new JsonDocumentOptions { MaxDepth = MaxDepth });
            return read(json.RootElement);
        }
        // The latter two are texts that are no Unicode.
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            throw new UnreadableException(wrong.Message);
        }
    }

    private static string Refusal(HttpResponseMessage response)
    {
        var status = $"{(int)response.StatusCode} {response.StatusCode}";
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                $"{status}: the API wants another key; --key-env names the variable that holds it",
            HttpStatusCode.TooManyRequests when RetryAfter.Of(response) is { } after => $"{status}: come back in {Quantity.Text(after)}",
            >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest => $"{status}: the API has moved to "
                + $"{Visible.Text(response.Headers.Location?.GetLeftPart(UriPartial.Path) ?? "elsewhere")}; name that with --api",
            _ => status,
        };
    }

    private static IHttpClientFactory Factory(ApiPolicy policy)
    {
        var services = new ServiceCollection();
        services
            .AddHttpClient(
                nameof(ApiClient),
                client =>
                {
                    client.Timeout = Timeout.InfiniteTimeSpan; // each try has its own
                    client.DefaultRequestHeaders.UserAgent.ParseAdd("mailroom");
                }
            )
            .UseSocketsHttpHandler(
                (handler, _) =>
                {
                    handler.AllowAutoRedirect = false; // the key must not follow to another host
                    handler.UseCookies = false;
                    handler.AutomaticDecompression = DecompressionMethods.All;
                    handler.MaxConnectionsPerServer = policy.PerHost;
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                }
            )
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan) // PooledConnectionLifetime follows changes of DNS
            .RemoveAllLoggers() // headers hold the key
            .AddResilienceHandler("tries", pipeline => AddTries(pipeline, policy))
            .SelectPipelineByAuthority();
        // What waits for its turn or between tries holds no place; what waits for a place is not yet timed.
        var client = services.AddHttpClient(nameof(ApiClient)).AddHttpMessageHandler(() => new PacedHandler(MaxRetryAfter, RetryAfter.Of));
        client
            .AddResilienceHandler(
                "places",
                pipeline => pipeline.AddConcurrencyLimiter(policy.PerHost, int.MaxValue).AddTimeout(policy.Timeout)
            )
            .SelectPipelineByAuthority();
        client.AddHttpMessageHandler(() => new WholeBody());
        return services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>();
    }

    private static void AddTries(ResiliencePipelineBuilder<HttpResponseMessage> pipeline, ApiPolicy policy)
    {
        if (policy.Tries > 1)
            pipeline.AddRetry(
                new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = policy.Tries - 1,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = FirstDelay,
                    MaxDelay = MaxDelay,
                    ShouldRetryAfterHeader = true,
                    ShouldHandle = attempt => new ValueTask<bool>(MayTryAgain(attempt.Outcome)),
                }
            );
    }

    private static bool MayTryAgain(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is not HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }
        // A body that does not decode, or that was cut where its JSON does not end.
        && (
            HttpClientResiliencePredicates.IsTransient(outcome)
            || outcome.Exception is InvalidDataException or IOException or UnreadableException
        )
        && outcome.Result is not { StatusCode: HttpStatusCode.TooManyRequests } // that was waited for already
        && (outcome.Result is not { } response || RetryAfter.Of(response) is not { } after || after <= MaxRetryAfter);

    /// <summary>
    /// Reads the body as part of the try, so that a slow, broken or unreadable one is timed out and tried again like any other failure.
    /// </summary>
    private sealed class WholeBody : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            try
            {
                await response.Content.LoadIntoBufferAsync(MaxBody, cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode && request.Options.TryGetValue(Reading, out var read))
                    read(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }

    /// <summary>A body that is not the JSON that was asked for.</summary>
    private sealed class UnreadableException(string message) : Exception(message);
}
