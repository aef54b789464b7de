using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mailroom.Host.Newsroom;
using Mailroom.Input;
using Microsoft.AspNetCore.Builder;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom newsroom</c>: a news API to practise with, on loopback, without a key.</summary>
internal static class NewsroomCommand
{
    private const long MaxArticles = 10_000_000; // counting their words takes some seconds

    private static readonly TimeSpan UsualDelay = TimeSpan.FromMilliseconds(100);

    public static void Add(CommandTree tree)
    {
        var newsroom = new Command("newsroom", "Run a practice news API on loopback, for the kind headlines.");
        var options = new Declared<NewsroomOptions>(newsroom, "newsroom");
        tree.Add(tree.Root, newsroom, (parsed, session, cancellation) => RunAsync(options.Read(parsed), session, cancellation));
    }

    private static async Task<ExitCode> RunAsync(NewsroomOptions options, Session session, CancellationToken cancellation)
    {
        var text = new NewsText(options.Seed, options.Sources, options.Articles);
        if ((long)text.Sources * text.Articles > MaxArticles)
            throw new UserError(
                $"newsroom: {text.Sources} sources with {text.Articles} articles each are more than {MaxArticles} articles; take fewer"
            );
        var manners = new NewsManners(
            options.Delay ?? UsualDelay,
            options.Jitter,
            options.Fail,
            options.Throttle,
            options.Slow,
            options.Connections == 0 ? null : options.Connections,
            Key(options.KeyEnv)
        );
        var app = await StartAsync(new NewsServer(text, manners), options.Port);
        await using (app)
        {
            Tell(session, app.Urls.Single(), text, options.Word);
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            }
            catch (OperationCanceledException)
            {
                // Ctrl-C is how it ends
            }
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await app.StopAsync(patience.Token);
        }
        return ExitCode.Done;
    }

    private static async Task<WebApplication> StartAsync(NewsServer server, int port)
    {
        try
        {
            return await server.StartAsync(port);
        }
        catch (IOException error) when (error.InnerException is not null)
        {
            throw new UserError(
                $"newsroom: port {port} is in use; choose another with --port, or 0 for a free one",
                ExitCode.Refused,
                error
            );
        }
        catch (SocketException error)
        {
            throw new UserError(
                $"newsroom: port {port} can't be used: {error.Message}; choose another with --port",
                ExitCode.Refused,
                error
            );
        }
    }

    private static void Tell(Session session, string url, NewsText text, string word)
    {
        var (anywhere, whole) = text.Count(word);
        if (session.Options.Json)
            session.Terminal.Json(
                new JsonObject
                {
                    ["url"] = url,
                    ["sources"] = text.Sources,
                    ["articles"] = text.Articles,
                    ["word"] = word,
                    ["hits"] = anywhere,
                    ["wholeWordHits"] = whole,
                }
            );
        else
            session.Terminal.Data(
                $"newsroom at {url}: {text.Sources} sources, {text.Articles} articles each; '{Visible.Text(word)}' stands in "
                    + $"{anywhere} titles and descriptions, in {whole} as a whole word; Ctrl-C stops"
            );
    }

    private static string? Key(string? name) =>
        name is null
            ? null
            : Environment.GetEnvironmentVariable(name)
                ?? throw new UserError($"newsroom: --key-env names {Visible.Text(name)}, but that is not set");
}
