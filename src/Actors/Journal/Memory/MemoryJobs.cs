using Mailroom.Model;

namespace Mailroom.Journal.Memory;

/// <summary>What stands in a journal in memory.</summary>
public sealed class MemoryJobs
{
    internal int Last { get; set; }

    internal SortedDictionary<int, MemoryJob> All { get; } = [];

    internal Dictionary<string, int> ById { get; } = new(StringComparer.Ordinal);

    internal Dictionary<(string Kind, string Arguments), Choice> Learned { get; } = [];

    internal void Remove(int job)
    {
        if (All.Remove(job, out var removed) && removed.Accepted.Order.Id is { } id)
            ById.Remove(id);
    }
}
