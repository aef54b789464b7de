using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Mailroom.Host.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mailroom.Host.Newsroom;

/// <summary>How the practice news API behaves.</summary>
/// <param name="Delay">before each answer</param>
/// <param name="Jitter">at most so much more, different for each answer</param>
/// <param name="Fail">per cent of answers that are 500</param>
/// <param name="Throttle">per cent of answers that are 429 with Retry-After: 1</param>
/// <param name="Slow">per cent of answers whose body trickles for ten times the delay</param>
/// <param name="Connections">most at once, or null; more are closed unanswered</param>
/// <param name="Key">what X-Api-Key must say, or null</param>
internal sealed record NewsManners(
    TimeSpan Delay,
    TimeSpan Jitter,
    double Fail,
    double Throttle,
    double Slow,
    int? Connections,
    string? Key
);

/// <summary>A practice news API on loopback, in both dialects of <see cref="Headlines"/>.</summary>
internal sealed class NewsServer(NewsText text, NewsManners manners)
{
    private const int Thousandths = 100_000;

    // As in the API itself.
    private const int UsualPage = 20;
    private const int MaxPage = 100;

    // How often each thing was asked for: so the same request can fail first and succeed when it is tried again.
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private readonly Lock _counting = new();
    private int _underWay;

    /// <summary>How many requests were under way at once, at the most.</summary>
    public int Most { get; private set; }

    /// <summary>How many answers were a 500.</summary>
    public int Failures { get; private set; }

    /// <summary>Starts to listen.</summary>
    /// <param name="port">0 takes a free one</param>
    public async Task<WebApplication> StartAsync(int port)
    {
        var app = QuietWeb
            .Builder(options =>
            {
                options.Listen(IPAddress.Loopback, port);
                options.Limits.MaxConcurrentConnections = manners.Connections;
            })
            .Build();
        app.Use(CountAsync);
        app.Use(BehaveAsync);
        app.MapGet("/sources", SourcesAsync);
        app.MapGet("/top-headlines/sources", SourcesAsync);
        app.MapGet("/articles", (HttpContext context, string source) => ArticlesAsync(context, source, 0, text.Articles));
        app.MapGet(
            "/top-headlines",
            (HttpContext context, string sources, int? pageSize, int? page) =>
                PageAsync(context, sources, Math.Clamp(pageSize ?? UsualPage, 1, MaxPage), page ?? 1)
        );
        await app.StartAsync();
        return app;
    }

    private Task SourcesAsync(HttpContext context) =>
        WriteAsync(
            context,
            new JsonObject
            {
                ["status"] = "ok",
                ["sources"] = new JsonArray([
                    .. Enumerable
                        .Range(0, text.Sources)
                        .Select(source => (JsonNode)new JsonObject { ["id"] = NewsText.SourceId(source), ["language"] = "en" }),
                ]),
            }
        );

    private Task PageAsync(HttpContext context, string id, int size, int page) =>
        ArticlesAsync(context, id, Math.Max(0, page - 1) * (long)size, size);

    private Task ArticlesAsync(HttpContext context, string id, long first, int count)
    {
        if (text.SourceOf(id) is not { } source)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return WriteAsync(context, new JsonObject { ["status"] = "error", ["message"] = "there is no such source" });
        }
        return WriteAsync(
            context,
            new JsonObject
            {
                ["status"] = "ok",
                ["source"] = id,
                ["totalResults"] = text.Articles,
                ["articles"] = new JsonArray([
                    .. Enumerable
                        .Range(0, text.Articles)
                        .SkipWhile(article => article < first)
                        .Take(count)
                        .Select(article =>
                            (JsonNode)
                                new JsonObject
                                {
                                    ["title"] = text.Title(source, article),
                                    ["description"] = text.Description(source, article),
                                }
                        ),
                ]),
            }
        );
    }

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        lock (_counting)
            Most = Math.Max(Most, ++_underWay);
        try
        {
            await next(context);
        }
        finally
        {
            lock (_counting)
            {
                _underWay--;
                Failures += context.Response.StatusCode == StatusCodes.Status500InternalServerError ? 1 : 0;
            }
        }
    }

    /// <summary>Waits, and fails as often as it shall, before the answer is made.</summary>
    private async Task BehaveAsync(HttpContext context, RequestDelegate next)
    {
        var what = context.Request.Path + context.Request.QueryString.Value;
        var time = _asked.AddOrUpdate(what, 1, (_, times) => times + 1);
        var source =
            text.SourceOf(context.Request.Query["source"].FirstOrDefault() ?? context.Request.Query["sources"].FirstOrDefault() ?? "")
            ?? -1;
        var wait = manners.Delay + (manners.Jitter * (text.Dice(source, time, 7) % 1000 / 1000.0));
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, context.RequestAborted);
        if (manners.Key is { } key && context.Request.Headers["X-Api-Key"] != key)
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else if (Happens(manners.Fail, source, time, 8))
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        else if (Happens(manners.Throttle, source, time, 9))
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "1";
        }
        else
        {
            context.Items[nameof(NewsManners.Slow)] = Happens(manners.Slow, source, time, 10);
            await next(context);
        }
    }

    private bool Happens(double percent, int source, int time, int what) =>
        text.Dice(source, time, what) % Thousandths < percent / 100 * Thousandths;

    private async Task WriteAsync(HttpContext context, JsonObject answer)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(answer.ToJsonString());
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (context.Items[nameof(NewsManners.Slow)] is not true)
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
            return;
        }
        const int drops = 10;
        foreach (var drop in body.Chunk((body.Length / drops) + 1))
        {
            await context.Response.Body.WriteAsync(drop, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(manners.Delay, context.RequestAborted);
        }
    }
}
