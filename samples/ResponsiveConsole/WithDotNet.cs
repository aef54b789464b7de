namespace ResponsiveConsole;

/// <summary>A task on a thread of its own. What it shares with the console is one reference to something that never changes.</summary>
internal sealed class WithDotNet : ICounter
{
    private const int LookEvery = 10_000;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _counting;
    private volatile Progress _progress = new(0, 0);

    public WithDotNet(int below) =>
        _counting = Task.Factory.StartNew(
            () => Count(below),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    public string How => "by a task";

    public Task<string> StatusAsync() => Task.FromResult($"{_progress}");

    public async Task<string> StopAsync()
    {
        await _stop.CancelAsync();
        await _counting; // gives the console's thread back until it has ended
        return $"stopped: {_progress}";
    }

    public void Dispose()
    {
        _stop.Cancel();
        _counting.Wait();
        _stop.Dispose();
    }

    // A token is looked at; nothing can end a thread that does not look.
    private void Count(int below)
    {
        var primes = 0;
        for (var number = 0; number < below && !_stop.IsCancellationRequested; number++)
        {
            primes += ICounter.IsPrime(number) ? 1 : 0;
            if (number % LookEvery == 0)
                _progress = new Progress(primes, number);
        }
    }

    private sealed record Progress(int Primes, int UpTo)
    {
        public override string ToString() => $"{Primes} primes up to {UpTo}";
    }
}
