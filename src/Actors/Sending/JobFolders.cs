using System.Collections.Concurrent;

namespace Mailroom.Sending;

/// <summary>The folders that stand on a node for those of other machines from which jobs were sent. Any thread may ask.</summary>
internal sealed class JobFolders
{
    private readonly ConcurrentDictionary<int, string> _folders = new();

    public string? this[int job]
    {
        get => _folders.GetValueOrDefault(job);
        set
        {
            if (value is null)
                _folders.TryRemove(job, out _);
            else
                _folders[job] = value;
        }
    }

    public IReadOnlyCollection<int> Jobs => [.. _folders.Keys];
}
