namespace Mailroom.Pools;

/// <summary>What a runner's thread is at right now; written by that thread, read by its worker, which can't ask it.</summary>
internal sealed class Beat
{
    private volatile Running? _now;

    public Running? Now
    {
        get => _now;
        set => _now = value;
    }

    /// <param name="Started">as <see cref="System.Diagnostics.Stopwatch"/> counts</param>
    public sealed record Running(long Lease, Piece Piece, long Started);
}
