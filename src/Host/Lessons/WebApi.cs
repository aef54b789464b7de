using System.Collections.Concurrent;
using System.Diagnostics;
using Mailroom.Host.Newsroom;
using Mailroom.Input;

namespace Mailroom.Host.Lessons;

/// <summary>The same requests to a web API one after the other, by threads, and async on one thread.</summary>
internal sealed class WebApi() : Lesson()
{
    private const int Sources = 20;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);
    private static readonly NewsManners Manners = new(Delay, TimeSpan.Zero, 0, 0, 0, null, null);

    public override string Name => "web-api";

    public override string Summary => "requests to a web API one after the other, by threads, and async on one thread";

    public override string Moral =>
        "A request that is under way needs no thread: the network has it, and the answer is an event. So one thread has as many requests "
        + "under way as you like; threads of their own only wait, a megabyte each.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        await SeeAsync("one after the other", (most, _) => most == 1, api => EventLoop.RunAsync(() => OneByOneAsync(api)));
        await SeeAsync("by threads", (most, threads) => most > 1 && threads > 1, api => Task.WhenAll(Requests.Select(api.OnThread)));
        await SeeAsync(
            "async",
            (most, threads) => most > 1 && threads == 1,
            api => EventLoop.RunAsync(() => Task.WhenAll(Requests.Select(api.GetAsync)))
        );
    }

    private static IEnumerable<int> Requests => Enumerable.Range(0, Sources);

    private static async Task OneByOneAsync(Api api)
    {
        foreach (var source in Requests)
            await api.GetAsync(source);
    }

    /// <param name="isShown">is told how many requests were under way at once, at the most, and on how many threads they were made</param>
    private async Task SeeAsync(string how, Func<int, int, bool> isShown, Func<Api, Task> run)
    {
        var server = new NewsServer(new NewsText(1, Sources, Articles: 10), Manners);
        await using var app = await server.StartAsync(0);
        using var api = new Api(app.Urls.Single());
        await api.ConnectAsync();
        var begun = Stopwatch.GetTimestamp();
        await run(api);
        var took = Stopwatch.GetElapsedTime(begun);
        See(
            $"{how}: {Sources} requests of {Delay.TotalMilliseconds} ms took {took.TotalMilliseconds:0} ms, with at most {server.Most} "
                + $"under way, on {Quantity.Of(api.Threads, "thread")} of ours",
            isShown(server.Most, api.Threads)
        );
    }

    /// <summary>Notes who asks.</summary>
    private sealed class Api(string url) : IDisposable
    {
        private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = Sources });
        private readonly ConcurrentDictionary<int, bool> _threads = [];

        public int Threads => _threads.Count;

        public Task ConnectAsync() => _client.GetStringAsync($"{url}/sources");

        public async Task GetAsync(int source)
        {
            Note();
            await _client.GetStringAsync(Address(source));
            Note();
        }

        public Task OnThread(int source) =>
            EventLoop.OnThreadOfItsOwn(() =>
            {
                Note();
                using var answer = _client.Send(new HttpRequestMessage(HttpMethod.Get, Address(source)));
                using var body = new StreamReader(answer.Content.ReadAsStream());
                body.ReadToEnd();
            });

        public void Dispose() => _client.Dispose();

        private string Address(int source) => $"{url}/articles?source={NewsText.SourceId(source)}";

        private void Note() => _threads[Environment.CurrentManagedThreadId] = true;
    }
}
