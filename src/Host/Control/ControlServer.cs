using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Kinds;
using Mailroom.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Mailroom.Host.Control;

/// <summary>What the control endpoint says when a request can't be met.</summary>
internal sealed record ControlError(string Error, ExitCode ExitCode, bool IsPassing = false);

/// <summary>The control endpoint: <see cref="IMailroom"/> over HTTP on a Unix domain socket; JSON, and server-sent events for streams.</summary>
internal static class ControlServer
{
    private const long MaxRequestBytes = 4 * 1024 * 1024;

    public static async Task<WebApplication> StartAsync(StateFolder state, IMailroom mailroom)
    {
        var path = ControlSocket.Prepare(state);
        var builder = QuietWeb.Builder(options =>
        {
            options.ListenUnixSocket(path);
            options.Limits.MaxRequestBodySize = MaxRequestBytes;
        });
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            foreach (var converter in Codec.JsonOptions.Converters)
                options.SerializerOptions.Converters.Add(converter);
        });
        var app = builder.Build();
        app.Use(AnswerErrors);
        Map(app, mailroom);
        await app.StartAsync().ConfigureAwait(false);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
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
        app.MapGet("/jobs/{job:int}/follow", async (int job, CancellationToken cancellation) =>
        {
            await mailroom.JobAsync(job, cancellation); // an unknown job is an error, not an empty stream
            return TypedResults.ServerSentEvents(mailroom.FollowAsync(job, cancellation));
        });
        app.MapGet("/nodes", (CancellationToken cancellation) => mailroom.NodesAsync(cancellation));
        app.MapPost("/nodes", (int count, CancellationToken cancellation) => mailroom.AddNodesAsync(count, cancellation));
        app.MapPost("/nodes/{name}/retire", (string name, bool now, CancellationToken cancellation) => mailroom.RetireNodeAsync(name, now, cancellation));
        app.MapGet("/usage", (CancellationToken cancellation) => mailroom.UsageAsync(cancellation));
        app.MapGet("/actors", (CancellationToken cancellation) => mailroom.ActorsAsync(cancellation));
        app.MapPost("/logs", (LogQuery query, bool follow, CancellationToken cancellation) =>
            TypedResults.ServerSentEvents(Lines(mailroom, query, follow, cancellation)));
    }

    private static async IAsyncEnumerable<SseItem<string>> Lines(IMailroom mailroom, LogQuery query, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var line in mailroom.LogsAsync(query, follow, cancellation).ConfigureAwait(false))
            yield return new SseItem<string>(line.ToJson().ToJsonString());
    }

    private static async Task AnswerErrors(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (UserError error) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = error.ExitCode == ExitCode.NotFound ? StatusCodes.Status404NotFound : StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(new ControlError(error.Message, error.ExitCode, error.IsPassing), Codec.JsonOptions, context.RequestAborted);
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException error) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(new ControlError(error.Message, ExitCode.Usage), Codec.JsonOptions, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client has gone; nobody is left to be told
        }
    }
}
