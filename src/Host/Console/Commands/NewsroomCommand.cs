using System.CommandLine;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mailroom.Host.Newsroom;
using Mailroom.Input;
using Microsoft.AspNetCore.Builder;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom newsroom</c>: a news API to practise with, on loopback, without a key.</summary>
internal sealed class NewsroomCommand
{
    private const long MaxArticles = 10_000_000; // counting their words takes some seconds

    private readonly Option<string> _port = Option("--port", "N", "the port; 0 takes a free one", "8080");
    private readonly Option<string> _sources = Option("--sources", "N", "sources", "20");
    private readonly Option<string> _articles = Option("--articles", "N", "articles of each source", "10");
    private readonly Option<string> _delay = Option("--delay", "D", "time before each answer", "100ms");
    private readonly Option<string> _jitter = Option("--jitter", "D", "at most so much more", "0");
    private readonly Option<string> _fail = Option("--fail", "PERCENT", "answers that are 500", "0");
    private readonly Option<string> _throttle = Option("--throttle", "PERCENT", "answers that are 429 with Retry-After: 1", "0");
    private readonly Option<string> _slow = Option("--slow", "PERCENT", "answers whose body trickles for ten delays", "0");
    private readonly Option<string> _connections = Option("--connections", "N", "most connections at once; 0 sets no limit", "0");
    private readonly Option<string> _seed = Option("--seed", "N", "of the texts and of what fails", "1");
    private readonly Option<string> _word = Option("--word", "WORD", "the word whose right count is printed", "storm");
    private readonly Option<string?> _keyEnv = new("--key-env")
    {
        Description = "ask for the key that this environment variable holds",
        HelpName = "NAME",
    };

    public static void Add(CommandTree tree)
    {
        var command = new NewsroomCommand();
        tree.Add(
            tree.Root,
            new Command("newsroom", "Run a practice news API on loopback, for the kind headlines.")
            {
                command._port,
                command._sources,
                command._articles,
                command._delay,
                command._jitter,
                command._fail,
                command._throttle,
                command._slow,
                command._connections,
                command._seed,
                command._word,
                command._keyEnv,
            },
            command.RunAsync
        );
    }

    private static Option<string> Option(string name, string value, string help, string standard) =>
        new(name)
        {
            Description = help,
            HelpName = value,
            DefaultValueFactory = _ => standard,
        };

    private async Task<ExitCode> RunAsync(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        var text = new NewsText(
            Count(parsed, _seed, 0, int.MaxValue),
            Count(parsed, _sources, 0, 1_000_000),
            Count(parsed, _articles, 0, 10_000)
        );
        if ((long)text.Sources * text.Articles > MaxArticles)
            throw new UserError(
                $"newsroom: {text.Sources} sources with {text.Articles} articles each are more than {MaxArticles} articles; take fewer"
            );
        var connections = Count(parsed, _connections, 0, 1_000_000);
        var manners = new NewsManners(
            Duration(parsed, _delay),
            Duration(parsed, _jitter),
            Percent(parsed, _fail),
            Percent(parsed, _throttle),
            Percent(parsed, _slow),
            connections == 0 ? null : connections,
            Key(parsed)
        );
        var word = parsed.GetValue(_word)!;
        var app = await StartAsync(new NewsServer(text, manners), Count(parsed, _port, 0, 65_535));
        await using (app)
        {
            Tell(session, app.Urls.Single(), text, word);
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

    private string? Key(ParseResult parsed) =>
        parsed.GetValue(_keyEnv) is not { } name
            ? null
            : Environment.GetEnvironmentVariable(name)
                ?? throw new UserError($"newsroom: --key-env names {Visible.Text(name)}, but that is not set");

    private static int Count(ParseResult parsed, Option<string> option, int min, int max) =>
        Quantity.TryCount(parsed.GetValue(option)!, out var count) && count >= min && count <= max
            ? (int)count
            : throw Wrong(parsed, option, $"a whole number from {min} to {max}");

    private static TimeSpan Duration(ParseResult parsed, Option<string> option) =>
        Quantity.TryDuration(parsed.GetValue(option)!, out var duration) && duration < TimeSpan.FromDays(1)
            ? duration
            : throw Wrong(parsed, option, "a duration such as 100ms or 2s");

    private static double Percent(ParseResult parsed, Option<string> option) =>
        double.TryParse(
            parsed.GetValue(option)!.TrimEnd('%'),
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var percent
        ) && percent is >= 0 and <= 100
            ? percent
            : throw Wrong(parsed, option, "a percentage from 0 to 100");

    private static UserError Wrong(ParseResult parsed, Option<string> option, string allowed) =>
        new($"newsroom: {option.Name} is '{Visible.Text(parsed.GetValue(option)!)}', but it takes {allowed}");
}
