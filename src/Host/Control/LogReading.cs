using System.Runtime.CompilerServices;
using Mailroom.Logs;

namespace Mailroom.Host.Control;

/// <summary>Reads the logs, those of far nodes among them.</summary>
internal static class LogReading
{
    private static readonly TimeSpan FetchEvery = TimeSpan.FromSeconds(1);

    /// <param name="fetch">brings what far nodes have logged since it was last called</param>
    public static async IAsyncEnumerable<LogLine> LinesAsync(
        this LogStore logs,
        LogQuery query,
        bool follow,
        Func<CancellationToken, Task> fetch,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await fetch(cancellation).ConfigureAwait(false);
        if (!follow)
        {
            foreach (var line in logs.Read(query))
                yield return line;
            yield break;
        }
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var fetching = FetchAgainAsync(fetch, over.Token);
        try
        {
            await foreach (var line in logs.FollowAsync(query, cancellation).ConfigureAwait(false))
                yield return line;
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await fetching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task FetchAgainAsync(Func<CancellationToken, Task> fetch, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(FetchEvery);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
            await fetch(cancellation).ConfigureAwait(false);
    }
}
