using System.Globalization;
using Mailroom.Nodes;
using Mailroom.Observe;

namespace Mailroom.Host.Console.Prompting;

/// <summary>The jobs, nodes and actors that there are, by the words that Tab offers. Written by one thread, read by another.</summary>
internal sealed class KnownNames
{
    private const int MostJobs = 1_000;

    private readonly SortedSet<int> _jobs = [];

    // The actors of each process, by its name.
    private readonly SortedDictionary<string, IReadOnlyList<string>> _processes = new(StringComparer.Ordinal) { [Host] = [] };

    private const string Host = "host";

    public IReadOnlyList<string> Jobs { get; private set; } = [];

    public IReadOnlyList<string> Nodes { get; private set; } = [];

    public IReadOnlyList<string> Actors { get; private set; } = [];

    public IReadOnlyList<string> Of(Known known) =>
        known switch
        {
            Known.Jobs => Jobs,
            Known.Nodes => Nodes,
            Known.Processes => [.. Nodes, Host],
            _ => Actors,
        };

    public void Note(Feed.Changes changes)
    {
        NoteJobs(changes);
        foreach (var node in changes.Nodes.Where(node => node.Name != Host))
            if (node.State == NodeState.Gone)
                _processes.Remove(node.Name);
            else
                _processes.TryAdd(node.Name, []);
        foreach (var process in changes.Actors.Concat(changes.Nodes.SelectMany(node => node.Actors)).GroupBy(actor => actor.Node))
            if (_processes.ContainsKey(process.Key))
                _processes[process.Key] = [.. process.Select(actor => actor.Path[(actor.Path.LastIndexOf('/') + 1)..])];
        Nodes = [.. _processes.Keys.Where(name => name != Host)];
        Actors = [.. _processes.Values.SelectMany(actors => actors).Distinct()];
    }

    private void NoteJobs(Feed.Changes changes)
    {
        if (!changes.Jobs.Aggregate(false, (isNew, job) => _jobs.Add(job.Job) || isNew))
            return;
        while (_jobs.Count > MostJobs)
            _jobs.Remove(_jobs.Min);
        Jobs = [.. _jobs.Reverse().Select(job => job.ToString(CultureInfo.InvariantCulture))];
    }
}
