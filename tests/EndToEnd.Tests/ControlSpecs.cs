using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

/// <summary>What the control socket takes from programs that are not the console.</summary>
public class ControlSpecs : EndToEndSpec
{
    private const string Job = "\"kind\":\"practice\",\"arguments\":{\"count\":1},\"directory\":\"/tmp\"";

    [Fact]
    public async Task Requests_that_no_job_can_be_made_of_should_get_400_and_the_name_of_the_field()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        (string Body, string Expected)[] requests =
        [
            ($"{{{Job},\"workers\":0}}", "workers is 0, but it takes 1 to 256"),
            ($"{{{Job},\"workers\":257}}", "workers is 257"),
            ($"{{{Job},\"workers\":1.5}}", "workers has a value of another kind"),
            ($"{{{Job},\"pieces\":0}}", "pieces is 0, but it takes 1 to 100000000"),
            ($"{{{Job},\"attempts\":101}}", "attempts is 101, but it takes 1 to 100"),
            ($"{{{Job},\"retries\":101}}", "attempts is 101, but it takes 1 to 100"),
            ($"{{{Job},\"priority\":77}}", "priority has a value of another kind"),
            ($"{{{Job},\"priority\":\"urgent\"}}", "priority has a value of another kind"),
            ($"{{{Job},\"by\":9}}", "by has a value of another kind"),
            ($"{{{Job},\"timeout\":\"-00:00:01\"}}", "timeout is "),
            ($"{{{Job},\"timeout\":\"soon\"}}", "timeout has a value of another kind"),
            ($"{{{Job},\"deadline\":\"31.00:00:00\"}}", "deadline is "),
            ($"{{{Job},\"name\":\"{new string('x', 201)}\"}}", "name has 201 characters, but it takes 1 to 200"),
            ($"{{{Job},\"name\":\"\"}}", "name has 0 characters"),
            ($"{{{Job},\"nmae\":\"x\"}}", "there is no field 'nmae'"),
            ($"{{{Job},\"kind\":\"words\"}}", "kind stands twice"),
            ($"{{{Job},\"halt\":{{\"now\":true,\"failures\":-1,\"percent\":null}}}}", "halt is "),
            ($"{{{Job},\"halt\":{{\"now\":true,\"failures\":1,\"percent\":5}}}}", "halt is "),
            ("{\"kind\":null,\"arguments\":{},\"directory\":\"/\"}", "kind is null"),
            ("{\"kind\":\"practice\",\"arguments\":null,\"directory\":\"/\"}", "arguments is null"),
            ("{\"kind\":\"practice\",\"arguments\":{\"count\":1},\"directory\":\"tmp\"}", "directory is 'tmp', but it takes a full path"),
            ("{\"kind\":\"practice\",\"arguments\":{\"count\":1,\"count\":2},\"directory\":\"/\"}", "arguments holds a name twice"),
            ("{\"kind\":\"practice\",\"arguments\":{\"count\":{}},\"directory\":\"/\"}", "--count is '{}'"),
            ("{\"kind\":\"checksum\",\"arguments\":{\"path\":[null]},\"directory\":\"/\"}", "PATH is 'null'"),
            ("{\"kind\":\"practice\"}", "the request lacks 'arguments', 'directory'"),
            ("{", "the request can't be read"),
            ("null", "no body was provided"),
            ("[]", "the request has a value of another kind"),
        ];
        using var client = Client();
        foreach (var (body, expected) in requests)
        {
            using var answer = await client.PostAsync(
                new Uri("http://mailroom/jobs"),
                new StringContent(body, Encoding.UTF8, "application/json")
            );
            Assert.Equal((400, body), ((int)answer.StatusCode, body));
            Assert.Contains(
                expected,
                System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!.ToString()
            );
        }
        using var nodes = await client.PostAsync(new Uri("http://mailroom/nodes?count=-1"), null);
        Assert.Equal(400, (int)nodes.StatusCode);
        Assert.Empty((await Mailroom("jobs", "--json")).Json.AsArray());
    }

    [Fact]
    public async Task Readers_of_logs_that_do_not_read_should_be_few_and_cost_little()
    {
        var (host, _) = StartHost("--nodes", "1", "--set", "mailroom.logs.level=debug");
        await using var _host = host;
        await Mailroom("send", "practice", "--count", "3000", "--by", "threads");
        using var client = Client();
        var readers = new List<HttpResponseMessage>();
        for (var count = 0; count < 64; count++)
            readers.Add(await FollowAsync(client));
        using (var more = await FollowAsync(client))
            Assert.Contains("64 readers of the logs are connected already", await more.Content.ReadAsStringAsync());
        Assert.Equal(0, (await Mailroom("jobs")).ExitCode);
        readers.ForEach(reader => reader.Dispose());
    }

    [Fact]
    public async Task Whoever_watches_should_first_get_all_and_then_what_changes_and_who_follows_the_end_once()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        await Mailroom("send", "practice", "--count", "1", "--by", "threads");
        using var client = Client();
        await using (var changes = Told(client, "changes").GetAsyncEnumerator())
        {
            var jobs = new List<int>();
            while (!jobs.Contains(1) && await changes.MoveNextAsync())
                jobs.AddRange(JobsOf(changes.Current));
            var send = Mailroom("send", "practice", "--count", "3", "--wait", "100ms", "--by", "async");
            while (!jobs.Contains(2) && await changes.MoveNextAsync())
                jobs.AddRange(JobsOf(changes.Current));
            Assert.Equal(0, (await send).ExitCode);
            Assert.DoesNotContain(1, jobs.Skip(jobs.IndexOf(1) + 1)); // nothing of it has changed
        }
        var follow = await Told(client, "jobs/2/follow").ToListAsync();
        Assert.Equal("completed", (string?)Assert.Single(follow)["state"]);

        static IEnumerable<int> JobsOf(JsonNode changes) => changes["jobs"]!.AsArray().Select(job => (int)job!["job"]!);
    }

    /// <summary>What a stream of server-sent events tells.</summary>
    private static async IAsyncEnumerable<JsonNode> Told(HttpClient client, string path)
    {
        await using var stream = await client.GetStreamAsync(new Uri($"http://mailroom/{path}"));
        await foreach (var item in SseParser.Create(stream).EnumerateAsync())
            yield return JsonNode.Parse(item.Data)!;
    }

    private static Task<HttpResponseMessage> FollowAsync(HttpClient client) =>
        client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "http://mailroom/logs?follow=true")
            {
                Content = new StringContent("{}", Encoding.UTF8, "application/json"),
            },
            HttpCompletionOption.ResponseHeadersRead
        );

    private HttpClient Client() =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(State, "control.sock")), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );
}
