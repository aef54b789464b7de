using System.Net.ServerSentEvents;
using System.Text.Json;
using Akka.Actor;
using Mailroom.Client;
using Mailroom.Host.Web;
using Mailroom.Input;
using Mailroom.Jobs;
using Mailroom.Logs;
using Mailroom.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mailroom.Host.Control;

/// <summary>
/// The control endpoint: <see cref="IMailroom"/> over HTTP on a Unix domain socket; JSON, and server-sent events for streams.
/// </summary>
internal static class ControlServer
{
    private const long MaxRequestBytes = 4 * 1024 * 1024;
    private const int MaxLines = 10_000;
    private const double MaxSeconds = 1e9;

    public static async Task<WebApplication> StartAsync(StateFolder state, IMailroom mailroom)
    {
        var builder = QuietWeb.Builder(options => options.Limits.MaxRequestBodySize = MaxRequestBytes);
        ControlListener.Listen(builder, state);
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options => Contract.Serve(options.SerializerOptions));
        var app = builder.Build();
        app.Use(AnswerErrors);
        Map(app, mailroom);
        await app.StartAsync().ConfigureAwait(false);
        ControlListener.Close(state);
        return app;
    }

    private static void Map(WebApplication app, IMailroom mailroom)
    {
        MapJobs(app, mailroom);
        MapNodes(app, mailroom);
        MapMembers(app, mailroom);
        app.MapGet("/host", mailroom.HostAsync);
        MapLogs(app, mailroom);
        MapChanges(app, mailroom);
        app.MapGet("/usage", async (CancellationToken cancellation) => (await mailroom.UsageAsync(cancellation)).ToArray());
        app.MapGet("/actors", async (CancellationToken cancellation) => (await mailroom.ActorsAsync(cancellation)).ToArray());
    }

    private static void MapJobs(WebApplication app, IMailroom mailroom)
    {
        app.MapPost("/jobs", (JobRequest request, CancellationToken cancellation) => mailroom.SendAsync(request, cancellation));
        app.MapGet("/jobs", async (CancellationToken cancellation) => (await mailroom.JobsAsync(cancellation)).Select(JobRow.Of).ToArray());
        app.MapGet(
            "/jobs/{job:int}",
            async (int job, CancellationToken cancellation) => JobDocument.Whole(await mailroom.JobAsync(job, cancellation))
        );
        MapChange("cancel", mailroom.CancelAsync);
        MapChange("pause", mailroom.PauseAsync);
        MapChange("resume", mailroom.ResumeAsync);
        MapChange("retry", mailroom.RetryAsync);
        app.MapPost(
            "/jobs/remove",
            async (int? job, DateTimeOffset before, CancellationToken cancellation) =>
                (await mailroom.RemoveAsync(job, before, cancellation)).ToArray()
        );
        app.MapGet(
            "/jobs/{job:int}/order",
            async (int job, CancellationToken cancellation) => JobOrderDocument.Of(await mailroom.OrderAsync(job, cancellation))
        );
        app.MapGet(
            "/jobs/{job:int}/follow",
            async (int job, CancellationToken cancellation) =>
            {
                await mailroom.JobAsync(job, cancellation); // an unknown job is an error, not an empty stream
                return TypedResults.ServerSentEvents(mailroom.FollowAsync(job, cancellation).Select(JobDocument.Whole));
            }
        );

        void MapChange(string verb, Func<int, CancellationToken, Task<JobDetail>> change) =>
            app.MapPost(
                $"/jobs/{{job:int}}/{verb}",
                async (int job, CancellationToken cancellation) => JobDocument.Whole(await change(job, cancellation))
            );
    }

    private static void MapNodes(WebApplication app, IMailroom mailroom)
    {
        app.MapGet("/nodes", async (CancellationToken cancellation) => (await mailroom.NodesAsync(cancellation)).ToArray());
        app.MapPost(
            "/nodes",
            async (int count, CancellationToken cancellation) => (await mailroom.AddNodesAsync(count, cancellation)).ToArray()
        );
        app.MapPost(
            "/nodes/{name}/retire",
            async (string name, bool now, CancellationToken cancellation) =>
                (await mailroom.RetireNodeAsync(name, now, cancellation)).ToArray()
        );
    }

    private static void MapMembers(WebApplication app, IMailroom mailroom)
    {
        app.MapGet("/members", async (CancellationToken cancellation) => (await mailroom.MembersAsync(cancellation)).ToArray());
        app.MapPost(
            "/members",
            (string? name, double seconds, CancellationToken cancellation) =>
                Math.Abs(seconds) < MaxSeconds
                    ? mailroom.InviteAsync(name, TimeSpan.FromSeconds(seconds), cancellation)
                    : throw new UserError($"seconds is {seconds}, but it takes a time of days at the most")
        );
        app.MapPost(
            "/members/{name}/revoke",
            async (string name, CancellationToken cancellation) => (await mailroom.RevokeAsync(name, cancellation)).ToArray()
        );
        app.MapPost("/authority/rotate", (bool finish, CancellationToken cancellation) => mailroom.RotateAsync(finish, cancellation));
    }

    private static void MapChanges(WebApplication app, IMailroom mailroom)
    {
        var watchers = new Readers("changes", app);
        app.MapGet(
            "/changes",
            (CancellationToken cancellation) =>
                TypedResults.ServerSentEvents(watchers.Read(until => mailroom.WatchAsync(until).Select(ChangesDocument.Of), cancellation))
        );
    }

    private static void MapLogs(WebApplication app, IMailroom mailroom)
    {
        var readers = new Readers("the logs", app);
        app.MapPost(
            "/logs/fetch",
            async (string? node, CancellationToken cancellation) =>
            {
                await mailroom.FetchLogsAsync(node, cancellation);
                return true;
            }
        );
        app.MapPost(
            "/logs",
            (LogQuery query, bool follow, CancellationToken cancellation) =>
                query.Last is < 0 or > MaxLines
                    ? throw new UserError($"last is {query.Last}, but it takes 0 to {MaxLines}")
                    : TypedResults.ServerSentEvents(
                        readers.Read(until => Lines(mailroom, query with { Last = query.Last ?? MaxLines }, follow, until), cancellation)
                    )
        );
    }

    private static IAsyncEnumerable<SseItem<string>> Lines(IMailroom mailroom, LogQuery query, bool follow, CancellationToken until) =>
        mailroom.LogsAsync(query, follow, until).Select(line => new SseItem<string>(line.ToJson().ToJsonString()));

    private static async Task AnswerErrors(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // the client has gone; nobody is left to be told
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            var (status, told) = Told(error);
            context.Response.StatusCode = status;
            await context.Response.WriteAsJsonAsync(told, Contract.Type<ControlError>(), cancellationToken: context.RequestAborted);
        }
    }

    internal static (int Status, ControlError Error) Told(Exception error) =>
        error switch
        {
            // Its actors end before its endpoint does; who asked may try again, perhaps at the next host.
            AskTimeoutException => (
                StatusCodes.Status503ServiceUnavailable,
                new("the host does not answer: it is just ending, or has too much to do", ExitCode.Unreachable, IsPassing: true)
            ),
            UserError { ExitCode: ExitCode.NotFound } unknown => (StatusCodes.Status404NotFound, new(unknown.Message, unknown.ExitCode)),
            UserError refused => (StatusCodes.Status400BadRequest, new(refused.Message, refused.ExitCode, refused.IsPassing)),
            Microsoft.AspNetCore.Http.BadHttpRequestException bad => (StatusCodes.Status400BadRequest, new(Reason(bad), ExitCode.Usage)),
            // So System.Text.Json tells of a name that stands twice in a JsonObject, instead of by a JsonException.
            ArgumentException { StackTrace: { } stack } when stack.Contains("System.Text.Json", StringComparison.Ordinal) => (
                StatusCodes.Status400BadRequest,
                new("arguments holds a name twice", ExitCode.Usage)
            ),
            _ => (
                StatusCodes.Status500InternalServerError,
                new($"the host could not do that, and this is a bug: {error.GetType().Name}: {error.Message}", ExitCode.JobFailed)
            ),
        };

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
