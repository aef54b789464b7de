using Mailroom.Batches;

namespace Mailroom.Pools;

/// <summary>What a runner's thread is at right now; written by that thread, read by its worker, which can't ask it.</summary>
internal sealed class Beat
{
    // Odd while it is being written: whoever reads then, reads again.
    private volatile int _version;
    private long _lease;
    private Batch? _pieces;
    private int _at;
    private long _started;

    /// <summary>A piece begins.</summary>
    /// <param name="started">as <see cref="System.Diagnostics.Stopwatch"/> counts</param>
    public void Enter(long lease, Batch pieces, int at, long started)
    {
        _version++;
        Volatile.WriteBarrier();
        (_lease, _pieces, _at, _started) = (lease, pieces, at, started);
        _version++;
    }

    /// <summary>Nothing runs.</summary>
    public void Leave() => Enter(0, Batch.Empty, 0, 0);

    public Running? Now
    {
        get
        {
            for (; ; )
            {
                var version = _version;
                var (lease, pieces, at, started) = (_lease, _pieces, _at, _started);
                Volatile.ReadBarrier();
                if (version % 2 == 0 && version == _version)
                    return pieces is { Count: > 0 } ? new Running(lease, pieces[at], started) : null;
            }
        }
    }

    /// <param name="Started">as <see cref="System.Diagnostics.Stopwatch"/> counts</param>
    public sealed record Running(long Lease, Piece Piece, long Started);
}
