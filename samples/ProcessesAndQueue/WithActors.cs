using Akka.Actor;
using Akka.Configuration;

namespace ProcessesAndQueue;

/// <summary>The host's side: an actor system that others reach, and in it the foreman. A worker's process has one of its own.</summary>
internal static class WithActors
{
    // Off, because one process dies on purpose here; elsewhere that is what the log is for.
    private static readonly Config Remote = ConfigurationFactory.ParseString(
        """
        akka { loglevel = OFF, stdout-loglevel = OFF, actor.provider = remote }
        akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        """
    );

    public static async Task<int> CountAsync(int below, int processes)
    {
        using var system = ActorSystem.Create("host", Remote);
        var foreman = system.ActorOf(Props.Create(() => new Foreman(processes)), "foreman");
        var counted = await foreman.Ask<Foreman.Counted>(new Foreman.Count(below));
        await system.Terminate();
        return counted.Primes;
    }

    /// <summary>What a worker's process does, until the host closes its input or dies.</summary>
    /// <param name="foreman">its address</param>
    public static async Task WorkAsync(bool isMortal, string foreman)
    {
        using var system = ActorSystem.Create("worker", Remote);
        system.ActorOf(Props.Create(() => new Worker(isMortal, foreman)), "worker");
        await Console.In.ReadToEndAsync();
        await system.Terminate();
    }

    private sealed class Worker : ReceiveActor
    {
        public Worker(bool isMortal, string foreman)
        {
            Context.ActorSelection(foreman).Tell(new Foreman.Ready(Environment.ProcessId));
            Receive<Numbers>(numbers =>
            {
                if (isMortal)
                    Child.Die();
                Sender.Tell(new Foreman.Done(Environment.ProcessId, numbers.CountPrimes()));
            });
        }
    }
}
