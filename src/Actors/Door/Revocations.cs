using System.Collections.Concurrent;

namespace Mailroom.Door;

/// <summary>The certificates that a host takes no more, by their serial numbers.</summary>
public sealed class Revocations
{
    private readonly ConcurrentDictionary<string, bool> _serials = new(StringComparer.Ordinal);

    public void Add(IEnumerable<string> serials)
    {
        foreach (var serial in serials)
            _serials[serial] = true;
    }

    public bool Contains(string serial) => _serials.ContainsKey(serial);
}
