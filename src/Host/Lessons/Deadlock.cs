using Akka.Actor;

namespace Mailroom.Host.Lessons;

/// <summary>Two transfers between two accounts, each locking the one first that the other locks second.</summary>
internal sealed class Deadlock() : Lesson()
{
    private const int Transfers = 10_000;

    // What nobody needs for an addition: who waits so long for a lock waits for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public override string Name => "deadlock";

    public override string Summary => "two locks, taken in two orders, and nobody goes on; one actor owns both instead";

    public override string Moral =>
        "Each holds what the other wants. Taking locks in one order everywhere avoids it, as long as everybody remembers; state that "
        + "belongs to one actor needs no order, because it needs no lock.";

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        var (left, right) = (new object(), new object());
        using var both = new Barrier(2);
        var stuck = await Task.WhenAll(TransferAsync(left, right, both), TransferAsync(right, left, both));
        See(
            $"{stuck.Count(waits => waits)} of 2 threads waited for the lock that the other held, until each gave up after "
                + $"{Patience.TotalMilliseconds} ms",
            stuck.All(waits => waits)
        );

        using var system = ActorSystem.Create("lesson", Quiet);
        var bank = system.ActorOf(Props.Create(() => new Bank()));
        await Task.WhenAll(SendAsync(new Bank.Transfer(1)), SendAsync(new Bank.Transfer(-1)));
        var (here, there) = await bank.Ask<(int, int)>(new Bank.Read(), cancellation);
        See(
            $"an actor made {2 * Transfers} transfers both ways at once, and the accounts hold {here} and {there}",
            here == 0 && there == 0
        );
        await system.Terminate();

        Task SendAsync(Bank.Transfer transfer) =>
            Task.Run(
                () =>
                {
                    for (var i = 0; i < Transfers; i++)
                        bank.Tell(transfer);
                },
                cancellation
            );
    }

    /// <returns>whether it waited in vain</returns>
    private static Task<bool> TransferAsync(object first, object second, Barrier both) =>
        Task.Factory.StartNew(
            () =>
            {
                lock (first)
                {
                    both.SignalAndWait(CancellationToken.None); // each holds one
                    var waits = !Monitor.TryEnter(second, Patience);
                    both.SignalAndWait(CancellationToken.None); // each has tried for the other's, and neither has let go
                    if (!waits)
                        Monitor.Exit(second);
                    return waits;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    private sealed class Bank : ReceiveActor
    {
        private int _here;
        private int _there;

        public Bank()
        {
            Receive<Transfer>(transfer => (_here, _there) = (_here - transfer.Amount, _there + transfer.Amount));
            Receive<Read>(_ => Sender.Tell((_here, _there)));
        }

        public sealed record Transfer(int Amount);

        public sealed record Read;
    }
}
