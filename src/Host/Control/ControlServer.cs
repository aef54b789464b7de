using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mailroom.Host.Control;

/// <summary>What the control endpoint says when a request can't be met.</summary>
internal sealed record ControlError(string Error, ExitCode ExitCode, bool IsPassing = false);

/// <summary>
/// The control endpoint: <see cref="IMailroom"/> over HTTP on a Unix domain socket; JSON, and server-sent events for streams.
/// </summary>
internal static class ControlServer
{
    private const long MaxRequestBytes = 4 * 1024 * 1024;
    private const int MaxFollowers = 64;
    private const int MaxLines = 10_000;

    public static async Task<WebApplication> StartAsync(StateFolder state, IMailroom mailroom)
    {
        var builder = QuietWeb.Builder(options => options.Limits.MaxRequestBodySize = MaxRequestBytes);
        ControlSocket.Listen(builder, state);
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            foreach (var converter in Codec.JsonOptions.Converters)
                options.SerializerOptions.Converters.Add(converter);
            // What is misspelt, said twice or null is said so, and not passed over.
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.AllowDuplicateProperties = false;
            options.SerializerOptions.RespectNullableAnnotations = true;
            options.SerializerOptions.RespectRequiredConstructorParameters = true;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            options.SerializerOptions.MaxDepth = Codec.JsonOptions.MaxDepth;
        });
        var app = builder.Build();
        app.Use(AnswerErrors);
        Map(app, mailroom);
        await app.StartAsync().ConfigureAwait(false);
        ControlSocket.Close(state);
        return app;
    }

    private static void Map(WebApplication app, IMailroom mailroom)
    {
        app.MapPost("/jobs", (JobRequest request, CancellationToken cancellation) => mailroom.SendAsync(request, cancellation));
        app.MapGet("/jobs", (CancellationToken cancellation) => mailroom.JobsAsync(cancellation));
        app.MapGet("/jobs/{job:int}", (int job, CancellationToken cancellation) => mailroom.JobAsync(job, cancellation));
        app.MapPost("/jobs/{job:int}/cancel", (int job, CancellationToken cancellation) => mailroom.CancelAsync(job, cancellation));
        app.MapPost("/jobs/{job:int}/pause", (int job, CancellationToken cancellation) => mailroom.PauseAsync(job, cancellation));
        app.MapPost("/jobs/{job:int}/resume", (int job, CancellationToken cancellation) => mailroom.ResumeAsync(job, cancellation));
        app.MapPost("/jobs/{job:int}/retry", (int job, CancellationToken cancellation) => mailroom.RetryAsync(job, cancellation));
        app.MapGet("/jobs/{job:int}/order", (int job, CancellationToken cancellation) => mailroom.OrderAsync(job, cancellation));
        app.MapGet(
            "/jobs/{job:int}/follow",
            async (int job, CancellationToken cancellation) =>
            {
                await mailroom.JobAsync(job, cancellation); // an unknown job is an error, not an empty stream
                return TypedResults.ServerSentEvents(mailroom.FollowAsync(job, cancellation));
            }
        );
        app.MapGet("/nodes", (CancellationToken cancellation) => mailroom.NodesAsync(cancellation));
        app.MapPost("/nodes", (int count, CancellationToken cancellation) => mailroom.AddNodesAsync(count, cancellation));
        app.MapPost(
            "/nodes/{name}/retire",
            (string name, bool now, CancellationToken cancellation) => mailroom.RetireNodeAsync(name, now, cancellation)
        );
        app.MapGet("/usage", (CancellationToken cancellation) => mailroom.UsageAsync(cancellation));
        app.MapGet("/actors", (CancellationToken cancellation) => mailroom.ActorsAsync(cancellation));
        var followers = new SemaphoreSlim(MaxFollowers);
        app.MapPost(
            "/logs",
            async (LogQuery query, bool follow, CancellationToken cancellation) =>
                query.Last is < 0 or > MaxLines ? throw new UserError($"last is {query.Last}, but it takes 0 to {MaxLines}")
                : await followers.WaitAsync(TimeSpan.Zero, cancellation)
                    ? TypedResults.ServerSentEvents(
                        Lines(mailroom, query with { Last = query.Last ?? MaxLines }, follow, followers, cancellation)
                    )
                : throw new UserError($"{MaxFollowers} readers of the logs are connected already, and no more are served", ExitCode.Refused)
        );
    }

    private static async IAsyncEnumerable<SseItem<string>> Lines(
        IMailroom mailroom,
        LogQuery query,
        bool follow,
        SemaphoreSlim followers,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        try
        {
            await foreach (var line in mailroom.LogsAsync(query, follow, cancellation).ConfigureAwait(false))
                yield return new SseItem<string>(line.ToJson().ToJsonString());
        }
        finally
        {
            followers.Release();
        }
    }

    private static async Task AnswerErrors(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (UserError error) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode =
                error.ExitCode == ExitCode.NotFound ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(
                new ControlError(error.Message, error.ExitCode, error.IsPassing),
                Codec.JsonOptions,
                context.RequestAborted
            );
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException error) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(
                new ControlError(Reason(error), ExitCode.Usage),
                Codec.JsonOptions,
                context.RequestAborted
            );
        }
        catch (ArgumentException error)
            when (!context.Response.HasStarted && error.StackTrace?.Contains("System.Text.Json", StringComparison.Ordinal) == true)
        {
            // So System.Text.Json tells of a name that stands twice in a JsonObject, instead of by a JsonException.
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(
                new ControlError("arguments holds a name twice", ExitCode.Usage),
                Codec.JsonOptions,
                context.RequestAborted
            );
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client has gone; nobody is left to be told
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsJsonAsync(
                new ControlError(
                    $"the host could not do that, and this is a bug: {error.GetType().Name}: {error.Message}",
                    ExitCode.JobFailed
                ),
                Codec.JsonOptions,
                context.RequestAborted
            );
        }
    }

    /// <summary>Which field of a request is wrong, where that is what is wrong.</summary>
    private static string Reason(Exception error)
    {
        if (error.InnerException is not JsonException { Path: { } path } json)
            return error.Message;
        var field =
            path == "$" ? "the request"
            : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..]
            : path;
        return json.Message switch
        {
            var text when text.Contains("could not be mapped", StringComparison.Ordinal) => $"there is no field '{Visible.Text(field)}'",
            var text when text.StartsWith("Duplicate property", StringComparison.Ordinal) => $"{Visible.Text(field)} stands twice",
            var text when text.Contains("doesn't allow null", StringComparison.Ordinal) => $"{field} is null, but it takes a value",
            var text when text.Contains("could not be converted", StringComparison.Ordinal) =>
                $"{field} has a value of another kind than it takes",
            var text when text.Contains("missing required properties", StringComparison.Ordinal) =>
                $"the request lacks {text[(text.IndexOf("including: ", StringComparison.Ordinal) + 11)..].TrimEnd('.')}",
            var text => $"{field} can't be read: {text.Split(" Path: ", 2)[0].Split(" LineNumber", 2)[0]}",
        };
    }
}
