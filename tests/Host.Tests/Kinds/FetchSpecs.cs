using System.Text.Json.Nodes;
using Mailroom.BuiltIn;
using Mailroom.Input;
using Mailroom.Kinds;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Host.Kinds;

public sealed class FetchSpecs : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-fetch").FullName;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _ranges = [];
    private string _version = "v1";
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
            case "/b/a.txt" or "/c/a.txt":
                await context.Response.WriteAsync("hello again");
                break;
            case "/part":
                context.Response.StatusCode = 206;
                context.Response.Headers.ContentRange = "bytes 0-3/1000";
                await context.Response.WriteAsync("part");
                break;
            case "/empty":
                context.Response.StatusCode = 204;
                break;
            case "/later":
                context.Response.StatusCode = 202;
                await context.Response.WriteAsync("soon");
                break;
            case "/round":
                context.Response.Redirect("/round-2");
                break;
            case "/round-2":
                context.Response.Redirect("/round");
                break;
            case "/to-nothing":
                context.Response.Redirect("/nothing");
                break;
            case "/to-ftp":
                context.Response.Redirect("ftp://127.0.0.1/file");
                break;
            case "/packed":
                context.Response.Headers.ContentEncoding = "gzip";
                await using (
                    var packed = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest)
                )
                    await packed.WriteAsync("unpacked"u8.ToArray());
                break;
            case "/busy-until":
                context.Response.StatusCode = 503;
                context.Response.Headers.Date = "Tue, 01 Jan 2030 00:00:00 GMT";
                context.Response.Headers.RetryAfter = "Tue, 01 Jan 2030 00:00:12 GMT";
                break;
            case "/long":
                await LongAsync(context);
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }

    /// <summary>Breaks off the first time, and can go on from any byte of the version that there is.</summary>
    private async Task LongAsync(HttpContext context)
    {
        var text = _version == "v1" ? "0123456789" : "abcdefghij";
        _ranges.Add($"{context.Request.Headers.Range} {context.Request.Headers.IfRange}".Trim());
        context.Response.Headers.ETag = $"\"{_version}\"";
        if (_ranges.Count == 1)
        {
            context.Response.ContentLength = text.Length;
            await context.Response.WriteAsync(text[..4]);
            await context.Response.Body.FlushAsync();
            while (new FileInfo(Path.Combine(Out, ".long.part")) is not { Exists: true, Length: 4 })
                await Task.Yield(); // what was sent must be there before the connection breaks
            context.Abort();
        }
        else if (context.Request.Headers.IfRange == $"\"{_version}\"")
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes 4-9/{text.Length}";
            await context.Response.WriteAsync(text[4..]);
        }
        else
            await context.Response.WriteAsync(text);
    }

    private async Task<Fetch.Row> RunAsync(
        string path,
        CancellationToken cancellation = default,
        params (string Name, JsonNode Value)[] more
    )
    {
        var arguments = new JsonObject { ["url"] = new JsonArray(_server.Url + path), ["out"] = Out };
        foreach (var (name, value) in more)
            arguments[name] = value;
        var work = ((IKind)new Fetch()).Bind(arguments, _folder);
        var (pieces, _) = await work.SplitAsync(new SplitHint(1, null), CancellationToken.None);
        return (Fetch.Row)await work.RunAsync(pieces.Single(), new PieceContext(1, 0, 1, false, NullLogger.Instance, cancellation));
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
        var row = await RunAsync("/to-a", more: ("out", null!));
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
        var other = await RunAsync("/b/a.txt");
        Assert.Equal(("a-2.txt", false), (other.File, other.Skipped));
        Assert.Equal("hello again", await File.ReadAllTextAsync(Path.Combine(Out, "a-2.txt")));
        Assert.True((await RunAsync("/a.txt")).Skipped);
        Assert.True((await RunAsync("/b/a.txt")).Skipped);
    }

    [Fact]
    public async Task Fetch_should_not_replace_a_file_that_came_from_elsewhere_after_its_name_was_chosen()
    {
        var work = ((IKind)new Fetch()).Bind(new JsonObject { ["url"] = new JsonArray(_server.Url + "/b/a.txt"), ["out"] = Out }, _folder);
        var piece = (await work.SplitAsync(new SplitHint(1, null), CancellationToken.None)).Pieces.Single();
        await RunAsync("/a.txt");
        var error = await Assert.ThrowsAsync<GiveUpException>(async () => await KindRunAsync(work, piece));
        Assert.Contains($"a.txt is there already, from {_server.Url}/a.txt; --overwrite replaces it", error.Message);
    }

    [Fact]
    public async Task Fetch_should_find_files_again_by_address_however_the_list_changes()
    {
        await RunAsync("/a.txt");
        await RunAsync("/b/a.txt");
        var arguments = new JsonObject
        {
            ["url"] = new JsonArray([.. new[] { "/c/a.txt", "/b/a.txt", "/a.txt" }.Select(path => JsonValue.Create(_server.Url + path))]),
            ["out"] = Out,
        };
        var work = ((IKind)new Fetch()).Bind(arguments, _folder);
        var rows = new List<Fetch.Row>();
        foreach (var piece in (await work.SplitAsync(new SplitHint(1, null), CancellationToken.None)).Pieces)
            rows.Add((Fetch.Row)await KindRunAsync(work, piece));
        Assert.Equal([("a-3.txt", false), ("a-2.txt", true), ("a.txt", true)], rows.Select(row => (row.File, row.Skipped)));
    }

    [Theory]
    [InlineData("/part", "206 PartialContent: a part was sent, but the whole was asked for")]
    [InlineData("/empty", "204 NoContent: that is no file")]
    [InlineData("/later", "202 Accepted: the server has no file yet")]
    [InlineData("/round", "302: it is sent round in a circle (sent on to ")]
    [InlineData("/to-nothing", "404 NotFound (sent on to ")]
    [InlineData("/to-ftp", "302: it is sent on from http to ftp, which is not followed")]
    public async Task Fetch_should_take_nothing_for_a_file_that_is_none(string path, string reason)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(path));
        Assert.Contains(reason, error.Message);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Fetch_should_refuse_a_file_of_two_lengths()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerTwoLengthsAsync(listener);
        var work = ((IKind)new Fetch()).Bind(
            new JsonObject { ["url"] = new JsonArray($"http://{listener.LocalEndpoint}/two"), ["out"] = Out },
            _folder
        );
        var piece = (await work.SplitAsync(new SplitHint(1, null), CancellationToken.None)).Pieces.Single();
        var error = await Assert.ThrowsAsync<GiveUpException>(async () => await KindRunAsync(work, piece));
        Assert.Contains("it has two lengths: 5 and 10", error.Message);
        Assert.Empty(Files());
        await answering;
    }

    private static async Task AnswerTwoLengthsAsync(System.Net.Sockets.TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream());
        while (await reader.ReadLineAsync() is { Length: > 0 }) { }
        await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 10\r\n\r\nhello"u8.ToArray());
    }

    [Fact]
    public async Task Fetch_should_go_on_where_a_download_broke_off()
    {
        await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync("/long"));
        Assert.Equal([".long.part"], Files());
        var row = await RunAsync("/long");
        Assert.Equal((206, 10L, "0123456789"), (row.Status, row.Bytes, await File.ReadAllTextAsync(Path.Combine(Out, "long"))));
        Assert.Equal(["long"], Files());
        Assert.Equal(["", "bytes=4- \"v1\""], _ranges);
    }

    [Fact]
    public async Task Fetch_should_never_join_two_versions()
    {
        await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync("/long"));
        _version = "v2";
        var row = await RunAsync("/long");
        Assert.Equal((200, "abcdefghij"), (row.Status, await File.ReadAllTextAsync(Path.Combine(Out, "long"))));
    }

    [Theory]
    [InlineData(false, "gzip")]
    [InlineData(true, null)]
    public async Task Fetch_should_decode_a_body_only_when_told_to_and_say_so(bool decode, string? encoding)
    {
        var row = await RunAsync("/packed", more: ("decode", decode));
        Assert.Equal(encoding, row.Encoding);
        await using var file = File.OpenRead(Path.Combine(Out, "packed"));
        await using var text = decode
            ? (Stream)file
            : new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal("unpacked", await new StreamReader(text).ReadToEndAsync());
    }

    [Fact]
    public async Task Fetch_should_wait_for_a_date_by_the_servers_own_clock() =>
        Assert.Equal(TimeSpan.FromSeconds(12), (await Assert.ThrowsAsync<AttemptFailedException>(() => RunAsync("/busy-until"))).After);

    private static ValueTask<object> KindRunAsync(IWork work, object piece) =>
        work.RunAsync(piece, new PieceContext(1, 0, 1, false, NullLogger.Instance, CancellationToken.None));

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
        Assert.Contains(
            "more than 3 bytes",
            (await Assert.ThrowsAsync<GiveUpException>(() => RunAsync("/a.txt", more: ("maxBytes", 3)))).Message
        );
        Assert.Contains(
            "127.0.0.1 has a private address",
            (await Assert.ThrowsAsync<GiveUpException>(() => RunAsync("/a.txt", more: ("refusePrivate", true)))).Message
        );
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
        Assert.Contains(
            said,
            Assert.Throws<UserError>(() => ((IKind)new Fetch()).Bind((JsonObject)JsonNode.Parse(arguments)!, _folder)).Message
        );
    }
}
