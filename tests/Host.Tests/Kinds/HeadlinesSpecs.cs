using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Mailroom.BuiltIn;
using Mailroom.Host.Newsroom;
using Mailroom.Input;
using Mailroom.Kinds;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Host.Kinds;

public class HeadlinesSpecs
{
    private static readonly NewsManners Good = new(TimeSpan.Zero, TimeSpan.Zero, 0, 0, 0, null, null);

    private static IWork Bind(string api, params (string Name, JsonNode Value)[] more)
    {
        var arguments = new JsonObject { ["word"] = "storm", ["api"] = api };
        foreach (var (name, value) in more)
            arguments[name] = value;
        return ((IKind)new Headlines()).Bind(arguments, "/");
    }

    /// <summary>Asks all sources at once; what fails counts with what it has to show, as in a real job.</summary>
    private static async Task<Headlines.Report> AskAsync(IWork work)
    {
        var (pieces, _) = await work.SplitAsync(new SplitHint(1, null), CancellationToken.None);
        using var fold = work.Fold();
        foreach (var count in await Task.WhenAll(pieces.Select((piece, i) => OneAsync(work, piece, i))))
            fold.Add(count);
        return System.Text.Json.JsonSerializer.Deserialize<Headlines.Report>(fold.Finish().Json, Codec.JsonOptions)!;
    }

    private static async Task<object> OneAsync(IWork work, object piece, int index)
    {
        try
        {
            return await work.RunAsync(piece, new PieceContext(1, index, 1, false, NullLogger.Instance, CancellationToken.None));
        }
        catch (GiveUpException gaveUp)
        {
            return gaveUp.Result!;
        }
    }

    [Theory]
    [InlineData("v1", false)]
    [InlineData("v2", false)]
    [InlineData("v1", true)]
    public async Task Headlines_should_count_what_the_newsroom_knows_to_be_right_in_both_dialects(string dialect, bool wholeWord)
    {
        var text = new NewsText(7, Sources: 30, Articles: 10);
        await using var app = await new NewsServer(text, Good).StartAsync(0);
        var report = await AskAsync(Bind(app.Urls.Single(), ("dialect", dialect), ("wholeWord", wholeWord)));
        var (anywhere, whole) = text.Count("storm");
        Assert.NotEqual(anywhere, whole);
        Assert.Equal((wholeWord ? whole : anywhere, 300, 30, 0), (report.Hits, report.Articles, report.Asked, report.Failed));
    }

    [Fact]
    public async Task Headlines_should_be_right_although_every_third_answer_is_a_failure()
    {
        var text = new NewsText(7, Sources: 20, Articles: 5);
        await using var app = await new NewsServer(text, Good with { Fail = 35 }).StartAsync(0);
        var report = await AskAsync(Bind(app.Urls.Single(), ("retries", 20)));
        Assert.Equal((text.Count("storm").Anywhere, 0), (report.Hits, report.Failed));
    }

    [Theory]
    [InlineData("""{"articles":[{"title":"Sto""")]
    [InlineData("<html>busy</html>")]
    [InlineData("""{"status":"ok"}""")]
    public async Task Headlines_should_ask_again_when_an_answer_is_cut_or_something_else(string first)
    {
        var asked = 0;
        await using var server = await WebServer.StartAsync(context =>
            context.Response.WriteAsync(
                context.Request.Path == "/sources" ? """{"sources":[{"id":"a"}]}"""
                : Interlocked.Increment(ref asked) == 1 ? first
                : """{"articles":[{"title":"Storm","description":null}]}"""
            )
        );
        var report = await AskAsync(Bind(server.Url));
        Assert.Equal((1, 0, 2), (report.Hits, report.Failed, asked));
    }

    [Fact]
    public async Task Headlines_should_wait_as_long_as_the_server_asks_for()
    {
        var times = new ConcurrentQueue<DateTimeOffset>();
        await using var server = await WebServer.StartAsync(context =>
        {
            if (context.Request.Path == "/sources")
                return context.Response.WriteAsync("""{"sources":[{"id":"a"}]}""");
            times.Enqueue(DateTimeOffset.UtcNow);
            if (times.Count > 1)
                return context.Response.WriteAsync("""{"articles":[{"title":"Storm","description":null},{"title":null}]}""");
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        });
        var report = await AskAsync(Bind(server.Url));
        Assert.Equal((1, 2, 0), (report.Hits, report.Articles, report.Failed));
        Assert.True(times.Last() - times.First() > TimeSpan.FromSeconds(0.9));
    }

    [Theory]
    [InlineData(0, 250, 0)]
    [InlineData(120, 120, 130)]
    public async Task Headlines_should_read_all_pages_or_say_how_much_is_unread(int most, int read, int unread)
    {
        var text = new NewsText(7, Sources: 1, Articles: 250);
        await using var app = await new NewsServer(text, Good).StartAsync(0);
        var work = Bind(app.Urls.Single(), ("dialect", "v2"), ("maxArticles", most));
        var report = await AskAsync(work);
        Assert.Equal((read, unread), (report.Articles, report.Unread));
        if (most == 0)
            Assert.Equal(text.Count("storm").Anywhere, report.Hits);
        Assert.Equal(unread > 0, new Headlines().Text(report).Contains("130 more articles were not read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Headlines_should_end_where_the_plan_of_the_key_ends_and_say_so()
    {
        await using var server = await WebServer.StartAsync(context =>
        {
            if (context.Request.Path == "/top-headlines/sources")
                return context.Response.WriteAsync("""{"sources":[{"id":"a"}]}""");
            if (context.Request.Query["page"] == "1")
                return context.Response.WriteAsync(
                    $$"""{"totalResults":300,"articles":[{{string.Join(',', Enumerable.Repeat("""{"title":"storm"}""", 100))}}]}"""
                );
            context.Response.StatusCode = 426;
            return context.Response.WriteAsync("""{"status":"error","code":"maximumResultsReached"}""");
        });
        var report = await AskAsync(Bind(server.Url, ("dialect", "v2")));
        Assert.Equal((100, 100, 200, 0), (report.Hits, report.Articles, report.Unread, report.Failed));
    }

    [Fact]
    public async Task Headlines_should_not_wait_for_a_server_that_wants_to_be_left_alone_for_an_hour()
    {
        await using var server = await WebServer.StartAsync(context =>
        {
            if (context.Request.Path == "/sources")
                return context.Response.WriteAsync("""{"sources":[{"id":"a"},{"id":"b"}]}""");
            if (context.Request.Query["source"] == "b")
                return context.Response.WriteAsync("""{"articles":[{"title":"storm"}]}""");
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        });
        for (var time = 0; time < 2; time++)
        {
            var report = await AskAsync(Bind(server.Url));
            Assert.Equal((1, 2, 1), (report.Hits, report.Asked, report.Failed));
            Assert.Contains("429 TooManyRequests: come back in 1h", report.Sources.Single(source => source.Source == "a").Error);
        }
    }

    [Fact]
    public async Task Headlines_should_find_its_pace_where_a_server_takes_only_so_many_and_does_not_say_when_to_come_back()
    {
        const int perSecond = 20;
        var (gate, taken) = (new Lock(), new Queue<long>());
        await using var server = await WebServer.StartAsync(context =>
        {
            if (context.Request.Path == "/sources")
                return context.Response.WriteAsync(
                    $$"""{"sources":[{{string.Join(',', Enumerable.Range(0, 60).Select(i => $$"""{"id":"s{{i}}"}"""))}}]}"""
                );
            lock (gate)
            {
                while (taken.TryPeek(out var first) && System.Diagnostics.Stopwatch.GetElapsedTime(first) > TimeSpan.FromSeconds(1))
                    taken.Dequeue();
                context.Response.StatusCode = taken.Count < perSecond ? 200 : 429;
                if (taken.Count < perSecond)
                    taken.Enqueue(System.Diagnostics.Stopwatch.GetTimestamp());
            }
            return context.Response.WriteAsync("""{"articles":[{"title":"storm"}]}""");
        });
        var report = await AskAsync(Bind(server.Url, ("retries", 1)));
        Assert.Equal((60, 60, 0), (report.Hits, report.Asked, report.Failed));
    }

    [Fact]
    public async Task Headlines_should_be_done_at_once_where_there_are_no_sources()
    {
        await using var server = await WebServer.StartAsync(context => context.Response.WriteAsync("""{"sources":[]}"""));
        Assert.Equal((0, 0), (await AskAsync(Bind(server.Url)) is var report ? report.Asked : -1, report.Hits));
    }

    [Theory]
    [InlineData("{\"articles\":", "the answer is not the JSON that was asked for")]
    [InlineData("{\"other\":[]}", "it has no list 'articles', which dialect v1 promises")]
    [InlineData("{\"articles\":[{\"title\":\"\\ud800\"}]}", "the answer is not the JSON that was asked for")]
    [InlineData("deep", "the answer is not the JSON that was asked for")]
    [InlineData("hang", "no whole answer within 300ms")]
    [InlineData("slow body", "no whole answer within 300ms")]
    [InlineData("404", "404 NotFound")]
    [InlineData("401", "the API wants another key")]
    [InlineData("redirect", "the API has moved to http://elsewhere.example/path; name that with --api")]
    [InlineData("packed", "its body can't be decoded")]
    [InlineData("huge", "its body has more than 16777216 bytes")]
    public async Task Headlines_should_name_the_source_and_the_reason_when_it_fails(string answer, string reason)
    {
        await using var server = await WebServer.StartAsync(async context =>
        {
            if (context.Request.Path == "/sources")
            {
                await context.Response.WriteAsync("""{"sources":[{"id":"good"},{"id":"bad"},{"id":null},{}]}""");
                return;
            }
            if (context.Request.Query["source"] == "good")
                await context.Response.WriteAsync("""{"articles":[{"title":"storm"}]}""");
            else
                await AnswerBadlyAsync(context, answer);
        });
        var report = await AskAsync(Bind(server.Url, ("timeout", answer == "huge" ? "30s" : "300ms"), ("retries", 2)));
        Assert.Equal((1, 2, 1), (report.Hits, report.Asked, report.Failed));
        Assert.Contains(reason, report.Sources.Single(source => source.Source == "bad").Error);
    }

    private static async Task AnswerBadlyAsync(HttpContext context, string answer)
    {
        switch (answer)
        {
            case "hang":
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
                break;
            case "slow body":
                await context.Response.WriteAsync("{");
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
                break;
            case "packed":
                context.Response.Headers.ContentEncoding = "gzip";
                await context.Response.WriteAsync("{}");
                break;
            case "404" or "401":
                context.Response.StatusCode = int.Parse(answer, System.Globalization.CultureInfo.InvariantCulture);
                break;
            case "redirect":
                context.Response.Redirect("http://elsewhere.example/path?secret=1");
                break;
            case "deep":
                await context.Response.WriteAsync(new string('[', 1_000));
                break;
            case "huge":
                for (var i = 0; i < 17; i++)
                    await context.Response.Body.WriteAsync(new byte[1024 * 1024], context.RequestAborted);
                break;
            default:
                await context.Response.WriteAsync(answer);
                break;
        }
    }

    [Fact]
    public async Task Headlines_should_send_the_key_in_its_header_only()
    {
        const string name = "MAILROOM_TEST_KEY";
        Environment.SetEnvironmentVariable(name, "se-cret");
        await using var app = await new NewsServer(new NewsText(1, 2, 2), Good with { Key = "se-cret" }).StartAsync(0);
        var work = Bind(app.Urls.Single(), ("keyEnv", name));
        Assert.Equal(0, (await AskAsync(work)).Failed);
        Assert.DoesNotContain("se-cret", work.ArgumentsJson);
        var error = await Assert.ThrowsAsync<GiveUpException>(() => AskAsync(Bind(app.Urls.Single())));
        Assert.Contains("gave no list of sources: 401 Unauthorized: the API wants another key", error.Message);
    }

    [Theory]
    [InlineData("api", "ftp://x", "--api is 'ftp://x'")]
    [InlineData("api", "http://x/?key=1", "without query")]
    [InlineData("api", "http://user:password@x", "--api holds a user name or password")]
    [InlineData("word", " ", "WORD is empty")]
    [InlineData("timeout", "25h", "it takes 10ms to 24h")]
    [InlineData("timeout", "5ms", "it takes 10ms to 24h")]
    [InlineData("retries", "0", "--retries is 0")]
    [InlineData("perHost", "0", "--per-host is 0")]
    [InlineData("keyEnv", "NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE, but that is not set")]
    [InlineData("dialect", "v3", "it takes v1 or v2")]
    public void Headlines_should_say_what_is_wrong_before_anything_starts(string argument, string value, string said)
    {
        var error = Assert.Throws<UserError>(() => Bind("http://127.0.0.1", (argument, value)));
        Assert.Contains(said, error.Message);
        Assert.DoesNotContain("password@", error.Message);
    }
}
