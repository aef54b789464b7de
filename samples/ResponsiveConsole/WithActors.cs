using Akka.Actor;

namespace ResponsiveConsole;

/// <summary>An actor that counts a little, and tells itself to go on: in between it has time for who asks.</summary>
internal sealed class WithActors : ICounter
{
    private readonly ActorSystem _system = ActorSystem.Create("sample", "akka { loglevel = WARNING, stdout-loglevel = WARNING }");
    private readonly IActorRef _counter;

    public WithActors(int below) => _counter = _system.ActorOf(Props.Create(() => new Counter(below)), "counter");

    public string How => "by an actor";

    public Task<string> StatusAsync() => _counter.Ask<string>(new Counter.Status());

    public Task<string> StopAsync() => _counter.Ask<string>(new Counter.Stop());

    public void Dispose() => _system.Terminate().Wait();

    private sealed class Counter : ReceiveActor
    {
        private const int Step = 10_000;

        private int _primes;
        private int _next;
        private bool _isStopped;

        public Counter(int below)
        {
            Receive<GoOn>(_ =>
            {
                if (_next >= below || _isStopped)
                    return;
                for (var until = Math.Min(below, _next + Step); _next < until; _next++)
                    _primes += ICounter.IsPrime(_next) ? 1 : 0;
                Self.Tell(new GoOn()); // behind whatever waits in the mailbox by now
            });
            Receive<Status>(_ => Sender.Tell($"{_primes} primes up to {_next}"));
            Receive<Stop>(_ =>
            {
                _isStopped = true;
                Sender.Tell($"stopped: {_primes} primes up to {_next}");
            });
            Self.Tell(new GoOn());
        }

        public sealed record Status;

        public sealed record Stop;

        private sealed record GoOn;
    }
}
