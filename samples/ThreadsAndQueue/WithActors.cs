using Akka.Actor;

namespace ThreadsAndQueue;

/// <summary>A foreman who gives each worker the next piece when it has done the last: no mailbox ever holds more than one.</summary>
internal static class WithActors
{
    public static async Task<int> CountAsync(int below, int workers)
    {
        using var system = ActorSystem.Create("sample", "akka { loglevel = WARNING, stdout-loglevel = WARNING }");
        var foreman = system.ActorOf(Props.Create(() => new Foreman(workers)), "foreman");
        var counted = await foreman.Ask<Counted>(new Count(below));
        await system.Terminate();
        return counted.Primes;
    }

    private sealed record Count(int Below);

    private sealed record Counted(int Primes);

    private sealed class Foreman : ReceiveActor
    {
        private IEnumerator<Numbers> _pieces = Enumerable.Empty<Numbers>().GetEnumerator();
        private IActorRef _asker = ActorRefs.Nobody;
        private int _busy;
        private int _primes;

        public Foreman(int workers)
        {
            Receive<Count>(count =>
            {
                (_pieces, _asker) = (Numbers.Split(count.Below).GetEnumerator(), Sender);
                for (var number = 1; number <= workers; number++)
                    Give(Context.ActorOf<Worker>($"worker-{number}"));
            });
            // One message at a time: nothing here needs a lock.
            Receive<Counted>(counted =>
            {
                (_busy, _primes) = (_busy - 1, _primes + counted.Primes);
                Give(Sender);
            });
        }

        private void Give(IActorRef worker)
        {
            if (_pieces.MoveNext())
            {
                _busy++;
                worker.Tell(_pieces.Current);
            }
            else if (_busy == 0)
                _asker.Tell(new Counted(_primes));
        }
    }

    private sealed class Worker : ReceiveActor
    {
        public Worker() => Receive<Numbers>(numbers => Sender.Tell(new Counted(numbers.CountPrimes())));
    }
}
