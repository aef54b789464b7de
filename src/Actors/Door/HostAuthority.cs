namespace Mailroom.Door;

/// <summary>The authority of a running host, made when it is first needed, and who the host is by it. For any thread.</summary>
public sealed class HostAuthority(string folder, TimeProvider time)
{
    private readonly Lock _changing = new();
    private Authority? _now;
    private Identity? _identity;

    /// <exception cref="Input.UserError">as of <see cref="Authority.Of"/></exception>
    public Authority Value
    {
        get
        {
            lock (_changing)
                return _now ??= Authority.Of(folder, time.GetUtcNow());
        }
    }

    /// <summary>What the host shows to nodes.</summary>
    public Identity Identity
    {
        get
        {
            lock (_changing)
                return _identity ??= Value.Sign(Role.Host, Doors.HostSystem, time.GetUtcNow());
        }
    }

    /// <summary>See <see cref="Authority.Rotate"/>.</summary>
    public void Rotate() => Change(() => Authority.Rotate(folder, time.GetUtcNow()));

    /// <summary>See <see cref="Authority.Finish"/>. Connections that are there stay.</summary>
    public void Finish() => Change(() => Authority.Finish(folder));

    // Those who have the one that was may use it still, so it is left to the collector.
    private void Change(Func<Authority> change)
    {
        lock (_changing)
            (_now, _identity) = (change(), null);
    }
}
