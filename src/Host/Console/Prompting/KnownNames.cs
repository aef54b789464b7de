using System.Globalization;
using Mailroom.Observe;

namespace Mailroom.Host.Console.Prompting;

/// <summary>The jobs, nodes and actors that there are, by the words that Tab offers. Written by one thread, read by another.</summary>
internal sealed class KnownNames
{
    private const int MostJobs = 1_000;

    private readonly SortedSet<int> _jobs = [];
    private readonly SortedSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _actors = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Jobs { get; private set; } = [];

    public IReadOnlyList<string> Nodes { get; private set; } = [];

    public IReadOnlyList<string> Actors { get; private set; } = [];

    public void Note(Feed.Changes changes)
    {
        if (Add(_jobs, changes.Jobs.Select(job => job.Job)))
        {
            while (_jobs.Count > MostJobs)
                _jobs.Remove(_jobs.Min);
            Jobs = [.. _jobs.Reverse().Select(job => job.ToString(CultureInfo.InvariantCulture))];
        }
        if (Add(_nodes, changes.Nodes.Select(node => node.Name)))
            Nodes = [.. _nodes];
        var actors = changes.Actors.Concat(changes.Nodes.SelectMany(node => node.Actors));
        if (Add(_actors, actors.Select(actor => actor.Path[(actor.Path.LastIndexOf('/') + 1)..])))
            Actors = [.. _actors];
    }

    private static bool Add<T>(SortedSet<T> known, IEnumerable<T> names)
    {
        var before = known.Count;
        known.UnionWith(names);
        return known.Count > before;
    }
}
