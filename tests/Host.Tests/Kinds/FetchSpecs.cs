using System.Text.Json.Nodes;
using Akka.Event;
using Mailroom.Input;
using Mailroom.Kinds;
using Microsoft.AspNetCore.Http;

namespace Mailroom.Host.Kinds;

public sealed class FetchSpecs : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-fetch").FullName;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebServer _server = null!;

    private string Out => Path.Combine(_folder, "out");

    public async Task InitializeAsync() => _server = await WebServer.StartAsync(AnswerAsync);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        switch (context.Request.Path)
        {
            case "/a.txt":
                await context.Response.WriteAsync("hello");
                break;
            case "/to-a":
                context.Response.Redirect("/a.txt");
                break;
            case "/half":
                context.Response.ContentLength = 100;
                await context.Response.WriteAsync("half");
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case "/hang":
                await context.Response.WriteAsync("begun");
                await context.Response.Body.FlushAsync();
                _asked.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
                break;
            case "/busy":
                context.Response.StatusCode = 503;
                context.Response.Headers.RetryAfter = "7";
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }

    private async Task<Fetch.Row> RunAsync(string path, CancellationToken cancellation = default, params (string Name, JsonNode Value)[] more)
    {
        var arguments = new JsonObject { ["url"] = new JsonArray(_server.Url + path), ["out"] = Out };
        foreach (var (name, value) in more)
            arguments[name] = value;
        var work = ((IKind)new Fetch()).Bind(arguments, _folder);
        var (pieces, _) = await work.SplitAsync(new SplitHint(1, null), CancellationToken.None);
        return (Fetch.Row)await work.RunAsync(pieces.Single(), new PieceContext(1, 0, 1, false, NoLogger.Instance, cancellation));
    }

    private string[] Files() => Directory.Exists(Out) ? [.. Directory.GetFiles(Out).Select(file => Path.GetFileName(file))] : [];

    [Fact]
    public async Task Fetch_should_write_the_file_whole_under_its_name()
    {
        var row = await RunAsync("/a.txt");
        Assert.Equal((200, 5L, "a.txt", null), (row.Status, row.Bytes, row.File, row.Error));
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(Out, "a.txt")));
        Assert.Equal(["a.txt"], Files());
    }

    [Fact]
    public async Task Fetch_should_only_count_where_no_folder_is_given()
    {
        var row = await RunAsync("/to-a", more: ("out", ""));
        Assert.Equal((200, 5L, null), (row.Status, row.Bytes, row.File));
        Assert.Empty(Files());
    }

    [Theory]
    [InlineData(false, "mine")]
    [InlineData(true, "hello")]
    public async Task Fetch_should_replace_a_file_only_when_told_to(bool overwrite, string text)
    {
        Directory.CreateDirectory(Out);
        await File.WriteAllTextAsync(Path.Combine(Out, "a.txt"), "mine");
        Assert.Equal(!overwrite, (await RunAsync("/a.txt", more: ("overwrite", overwrite))).Skipped);
        Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(Out, "a.txt")));
    }

    [Fact]
    public async Task Fetch_should_not_take_a_file_for_another_address_of_the_same_name()
    {
        await RunAsync("/a.txt");
        Assert.True((await RunAsync("/a.txt")).Skipped);
        var error = await Assert.ThrowsAsync<GiveUpException>(() => RunAsync("/other/a.txt"));
        Assert.Contains($"a.txt is there already, from {_server.Url}/a.txt; --overwrite replaces it", error.Message);
    }

    [Fact]
    public async Task Fetch_should_leave_nothing_of_a_body_that_broke_off_and_try_again()
    {
        var error = await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync("/half"));
        Assert.NotNull(((Fetch.Row)error.Result!).Error);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Fetch_should_leave_nothing_when_it_is_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var running = RunAsync("/hang", cancel.Token);
        await _asked.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Fetch_should_end_a_try_when_its_time_is_over()
    {
        var error = await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync("/hang", more: ("timeout", "300ms")));
        Assert.Contains("timed out after 300ms", error.Message);
        Assert.Equal("timed out after 300ms", ((Fetch.Row)error.Result!).Error);
    }

    [Fact]
    public async Task Fetch_should_give_up_what_will_not_change_and_pass_on_when_to_try_again()
    {
        Assert.Equal(404, ((Fetch.Row)(await Assert.ThrowsAsync<GiveUpException>(() => RunAsync("/nothing"))).Result!).Status);
        Assert.Equal(TimeSpan.FromSeconds(7), (await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync("/busy"))).After);
        Assert.Contains("more than 3 bytes", (await Assert.ThrowsAsync<GiveUpException>(() => RunAsync("/a.txt", more: ("maxBytes", 3)))).Message);
        Assert.Contains("127.0.0.1 has a private address", (await Assert.ThrowsAsync<GiveUpException>(() => RunAsync("/a.txt", more: ("refusePrivate", true)))).Message);
    }

    [Theory]
    [InlineData("no address", "{}")]
    [InlineData("'x' is no http or https address", """{"url":["x"]}""")]
    [InlineData("line 3 of ", """{"urls":"list"}""")]
    [InlineData("there is no such file", """{"urls":"nothing"}""")]
    [InlineData("holds a user name or password", """{"url":["http://user:secret@x"]}""")]
    [InlineData("--timeout is 2000h", """{"url":["http://x"],"timeout":"2000h"}""")]
    [InlineData("--out list is a file", """{"url":["http://x"],"out":"list"}""")]
    public void Fetch_should_say_what_is_wrong_before_anything_starts(string said, string arguments)
    {
        File.WriteAllText(Path.Combine(_folder, "list"), "# files\nhttp://x/y\nftp://z\n");
        Assert.Contains(said, Assert.Throws<UserError>(() => ((IKind)new Fetch()).Bind((JsonObject)JsonNode.Parse(arguments)!, _folder)).Message);
    }
}
