using Akka.Actor;

namespace AsyncClient;

/// <summary>One actor asks for everything, and never waits: what comes back is a message to itself.</summary>
internal static class WithActors
{
    public static async Task<int> CountAsync(News news, string word)
    {
        using var system = ActorSystem.Create("sample", "akka { loglevel = WARNING, stdout-loglevel = WARNING }");
        var reader = system.ActorOf(Props.Create(() => new Reader(news)), "reader");
        var answer = await reader.Ask(new Count(word));
        await system.Terminate();
        return answer is Counted counted ? counted.Found : throw ((Status.Failure)answer).Cause;
    }

    private sealed record Count(string Word);

    private sealed record Counted(int Found);

    private sealed class Reader : ReceiveActor
    {
        private const int Most = 100;

        private readonly Queue<string> _sources = new();
        private IActorRef _asker = ActorRefs.Nobody;
        private string _word = "";
        private int _underWay;
        private int _found;

        public Reader(News news)
        {
            Receive<Count>(count =>
            {
                (_asker, _word) = (Sender, count.Word);
                news.SourcesAsync().PipeTo(Self);
            });
            Receive<IReadOnlyList<string>>(sources =>
            {
                foreach (var source in sources)
                    _sources.Enqueue(source);
                GoOn();
            });
            Receive<int>(found =>
            {
                (_underWay, _found) = (_underWay - 1, _found + found);
                GoOn();
            });
            Receive<Status.Failure>(failure => _asker.Tell(failure));

            // Its state is touched only here, in messages, and never by a continuation.
            void GoOn()
            {
                for (; _underWay < Most && _sources.TryDequeue(out var source); _underWay++)
                    news.CountAsync(source, _word).PipeTo(Self);
                if (_underWay == 0)
                    _asker.Tell(new Counted(_found));
            }
        }
    }
}
