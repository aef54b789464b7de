using Akka.Actor;

namespace Mailroom.Host.Lessons;

/// <summary>Two threads count in one variable.</summary>
internal sealed class Race() : Lesson()
{
    private const int Each = 1_000_000;

    private int _count;

    public override string Name => "race";

    public override string Summary => "a counter without a lock loses updates; the same in an actor does not";

    public override string Moral =>
        "_count++ reads, adds and writes: between reading and writing the other thread's update is lost. An actor handles one "
        + "message at a time, so what only it touches needs no lock.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        _count = 0;
        await TwiceAsync(() => _count++, Each);
        var byChance = _count;
        See(
            $"two threads counted to {2 * Each} without a lock, and {byChance} came out"
                + (byChance == 2 * Each ? ": nothing was lost, by luck" : $": {2 * Each - byChance} updates are lost"),
            true // whatever came out was seen
        );
        var gate = new Lock();
        _count = 0;
        await TwiceAsync(
            () =>
            {
                lock (gate)
                    _count++;
            },
            Each
        );
        See($"with a lock {_count} came out", _count == 2 * Each);
        using var system = ActorSystem.Create("lesson", Quiet);
        var counter = system.ActorOf(Props.Create(() => new Counter()));
        await TwiceAsync(() => counter.Tell(Counter.Add.One), Each);
        var counted = await counter.Ask<int>(new Counter.Read(), cancellation);
        See($"an actor without a lock counted {counted}", counted == 2 * Each);
        await system.Terminate();
    }

    private static async Task TwiceAsync(Action count, int times)
    {
        using var start = new Barrier(2); // or one of them might be done before the other begins
        await Task.WhenAll(EventLoop.OnThreadOfItsOwn(Count), EventLoop.OnThreadOfItsOwn(Count));

        void Count()
        {
            start.SignalAndWait(CancellationToken.None);
            for (var i = 0; i < times; i++)
                count();
        }
    }

    private sealed class Counter : ReceiveActor
    {
        private int _count;

        public Counter()
        {
            Receive<Add>(_ => _count++);
            Receive<Read>(_ => Sender.Tell(_count));
        }

        public sealed record Add
        {
            public static Add One { get; } = new();
        }

        public sealed record Read;
    }
}
