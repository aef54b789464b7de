using System.Collections.Concurrent;
using System.Net;

namespace Mailroom.BuiltIn.Web;

/// <summary>
/// How fast one server is asked by this process: as fast as possible until it says that this is too fast (429), then all of
/// its requests wait in one line, at about the rate at which it took them, and slowly faster again.
/// </summary>
internal sealed class Pace(TimeProvider time)
{
    private const double Margin = 1.2;
    private const double Faster = 0.98;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan MaxInterval = TimeSpan.FromSeconds(5);

    // A server that has refused everything for so long has no room for this job.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly long _begun = time.GetTimestamp();
    private TimeSpan _next; // since it began, as all times here
    private TimeSpan _interval;
    private TimeSpan _pause = FirstPause;
    private TimeSpan _since;
    private TimeSpan _lastTaken;
    private int _taken;
    private int _slowedDown;

    private TimeSpan Now => time.GetElapsedTime(_begun);

    /// <summary>Waits for the caller's turn.</summary>
    /// <returns>what <see cref="Refused"/> wants to know</returns>
    public async Task<int> TurnAsync(CancellationToken cancellation)
    {
        TimeSpan wait;
        int era;
        lock (_gate)
        {
            var (now, mine) = (Now, _next > Now ? _next : Now);
            (_next, wait, era) = (mine + _interval, mine - now, _slowedDown);
        }
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
        return era;
    }

    public void Taken()
    {
        lock (_gate)
        {
            (_taken, _lastTaken, _pause) = (_taken + 1, Now, FirstPause);
            _interval *= Faster;
        }
    }

    /// <summary>A request came too early.</summary>
    /// <param name="era">of its turn: many that were under way together slow down only once</param>
    /// <param name="after">how long the server wants to be left alone, or null where it does not say</param>
    /// <returns>false when there is no use in trying again</returns>
    public bool Refused(int era, TimeSpan? after)
    {
        lock (_gate)
        {
            var now = Now;
            if (era == _slowedDown)
            {
                var usual =
                    _taken > 0 ? (now - _since) / _taken * Margin
                    : _interval == TimeSpan.Zero ? FirstPause / 2
                    : _interval * 2;
                _interval = Clamp(usual > _interval ? usual : _interval * Margin, MinInterval, MaxInterval);
                var pause = after ?? _pause;
                _pause = Clamp(_pause * 2, FirstPause, MaxPause);
                _next = now + pause > _next ? now + pause : _next;
                (_since, _taken) = (_next, 0);
                _slowedDown++;
            }
            return now - _lastTaken < Patience;
        }
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan least, TimeSpan most) =>
        value < least ? least
        : value > most ? most
        : value;
}

/// <summary>Sends requests at the pace of their server; one that it refuses as too many waits and is sent again.</summary>
/// <param name="maxAfter">a server that wants to be left alone for longer is not waited for</param>
/// <param name="retryAfter">what a response says of when to come back</param>
internal sealed class PacedHandler(TimeSpan maxAfter, Func<HttpResponseMessage, TimeSpan?> retryAfter) : DelegatingHandler
{
    private static readonly ConcurrentDictionary<string, Pace> Paces = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var pace = Paces.GetOrAdd(request.RequestUri!.Authority, _ => new Pace(TimeProvider.System));
        for (; ; )
        {
            var era = await pace.TurnAsync(cancellationToken).ConfigureAwait(false);
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.TooManyRequests)
            {
                pace.Taken();
                return response;
            }
            var after = retryAfter(response);
            // What wants to be left alone for too long is not waited for, by the others neither.
            if (after > maxAfter || !pace.Refused(era, after))
                return response;
            response.Dispose();
        }
    }
}
