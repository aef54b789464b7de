using System.Diagnostics;
using System.Text.Json.Nodes;
using Mailroom.Host.Launch;
using Mailroom.Input;

namespace Mailroom.Host.Lessons;

/// <summary>The same requests to a web API one after the other, by threads, and async on one thread.</summary>
internal sealed class WebApi() : Lesson()
{
    private const int Sources = 20;
    private const int DelayMs = 50;

    public override string Name => "web-api";

    public override string Summary => "requests to a web API one after the other, by threads, and async on one thread";

    public override string Moral =>
        "A request that is under way needs no thread: the network has it, and the answer is an event. So one thread has as many requests "
        + "under way as you like; threads of their own only wait, a megabyte each.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        using var newsroom = Process.Start(
            new ProcessStartInfo(
                ChildHost.Program,
                ["newsroom", "--port", "0", "--sources", $"{Sources}", "--delay", $"{DelayMs}ms", "--json"]
            )
            {
                RedirectStandardOutput = true,
            }
        )!;
        try
        {
            var ready = await newsroom.StandardOutput.ReadLineAsync(cancellation);
            using var api = new Api((string)JsonNode.Parse(ready!)!["url"]!);
            await api.GetAsync(0); // the first one connects
            await SeeAsync(api, "one after the other", one => one.Most == 1, () => EventLoop.RunAsync(() => OneByOneAsync(api)));
            await SeeAsync(
                api,
                "by threads",
                many => many is { Most: > 1, Threads: > 1 },
                () => Task.WhenAll(Requests.Select(api.OnThread))
            );
            await SeeAsync(
                api,
                "async",
                many => many is { Most: > 1, Threads: 1 },
                () => EventLoop.RunAsync(() => Task.WhenAll(Requests.Select(api.GetAsync)))
            );
        }
        finally
        {
            newsroom.Kill();
        }
    }

    private static IEnumerable<int> Requests => Enumerable.Range(0, Sources);

    private static async Task OneByOneAsync(Api api)
    {
        foreach (var source in Requests)
            await api.GetAsync(source);
    }

    private async Task SeeAsync(Api api, string how, Func<Api, bool> isShown, Func<Task> run)
    {
        api.Forget();
        var begun = Stopwatch.GetTimestamp();
        await run();
        var took = Stopwatch.GetElapsedTime(begun);
        See(
            $"{how}: {Sources} requests of {DelayMs} ms took {took.TotalMilliseconds:0} ms, with at most {api.Most} under way, on "
                + $"{Quantity.Of(api.Threads, "thread")} of ours",
            isShown(api)
        );
    }

    /// <summary>Counts what is under way, and who asks.</summary>
    private sealed class Api(string url) : IDisposable
    {
        private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = Sources });
        private readonly HashSet<int> _threads = [];
        private readonly Lock _gate = new();
        private int _underWay;

        public int Most { get; private set; }

        public int Threads => _threads.Count;

        public void Forget()
        {
            Most = 0;
            _threads.Clear();
        }

        public async Task GetAsync(int source)
        {
            Begin();
            await _client.GetStringAsync(Address(source));
            End();
        }

        public Task OnThread(int source) =>
            EventLoop.OnThreadOfItsOwn(() =>
            {
                Begin();
                using var answer = _client.Send(new HttpRequestMessage(HttpMethod.Get, Address(source)));
                using var body = new StreamReader(answer.Content.ReadAsStream());
                body.ReadToEnd();
                End();
            });

        public void Dispose() => _client.Dispose();

        private string Address(int source) => $"{url}/articles?source=source-{source + 1}";

        private void Begin()
        {
            lock (_gate)
            {
                _threads.Add(Environment.CurrentManagedThreadId);
                Most = Math.Max(Most, ++_underWay);
            }
        }

        private void End()
        {
            lock (_gate)
            {
                _threads.Add(Environment.CurrentManagedThreadId);
                _underWay--;
            }
        }
    }
}
