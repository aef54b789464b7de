using System.Runtime.CompilerServices;
using Mailroom.Input;
using Microsoft.AspNetCore.Builder;

namespace Mailroom.Host.Control;

/// <summary>Those who read a stream that has no end: a few, and only as long as the server is there.</summary>
/// <param name="what">they read</param>
internal sealed class Readers(string what, WebApplication app)
{
    private const int Most = 64;

    private readonly SemaphoreSlim _seats = new(Most);

    /// <param name="open">the stream, until it is cancelled</param>
    /// <exception cref="UserError">there are too many already</exception>
    public IAsyncEnumerable<T> Read<T>(Func<CancellationToken, IAsyncEnumerable<T>> open, CancellationToken cancellation) =>
        _seats.Wait(TimeSpan.Zero, CancellationToken.None)
            ? ReadAsync(open, new Seat(_seats, cancellation), cancellation)
            : throw new UserError($"{Most} readers of {what} are connected already, and no more are served", ExitCode.Refused);

    private async IAsyncEnumerable<T> ReadAsync<T>(
        Func<CancellationToken, IAsyncEnumerable<T>> open,
        Seat seat,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellation, app.Lifetime.ApplicationStopping);
        try
        {
            await using var items = open(until.Token).GetAsyncEnumerator(until.Token);
            while (await NextAsync(items, until.Token).ConfigureAwait(false))
                yield return items.Current;
        }
        finally
        {
            seat.Leave();
        }
    }

    /// <summary>It is given back when the stream has ended, or its reader has gone before it was begun.</summary>
    private sealed class Seat
    {
        private readonly SemaphoreSlim _seats;
        private int _isFree;

        public Seat(SemaphoreSlim seats, CancellationToken gone)
        {
            _seats = seats;
            gone.Register(Leave);
        }

        public void Leave()
        {
            if (Interlocked.Exchange(ref _isFree, 1) == 0)
                _seats.Release();
        }
    }

    // That the server stops is the end of the stream, and no error.
    private static async ValueTask<bool> NextAsync<T>(IAsyncEnumerator<T> items, CancellationToken until)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            return false;
        }
    }
}
