namespace Mailroom.Host.Hosting;

/// <summary>
/// How long a command waits for its turn on a state folder: as long as hosts come and go there, and a while for each of them.
/// </summary>
internal sealed class HostPatience(StateFolder state)
{
    private static readonly TimeSpan ForOne = TimeSpan.FromSeconds(30);

    private string? _holder;
    private long _since = TimeProvider.System.GetTimestamp();

    /// <summary>Whether to try once more.</summary>
    public bool Lasts
    {
        get
        {
            var holder = StateLock.HolderOf(state);
            if (holder != _holder)
                (_holder, _since) = (holder, TimeProvider.System.GetTimestamp());
            return TimeProvider.System.GetElapsedTime(_since) < ForOne;
        }
    }
}
