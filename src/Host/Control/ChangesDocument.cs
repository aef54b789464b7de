using Mailroom.Client;
using Mailroom.Inspection;
using Mailroom.Nodes;
using Mailroom.Observe;

namespace Mailroom.Host.Control;

/// <summary>What has changed of a host, in JSON.</summary>
/// <param name="Actors">all those of each process that is named in it</param>
internal sealed record ChangesDocument(long Version, JobRow[] Jobs, NodeReport[] Nodes, ActorReport[] Actors)
{
    public static ChangesDocument Of(Feed.Changes changes) =>
        new(
            changes.Version,
            [.. changes.Jobs.Select(JobRow.Of)],
            [.. changes.Nodes],
            [.. changes.Actors, .. changes.Nodes.SelectMany(node => node.Actors)]
        );

    public Feed.Changes ToChanges() => new(Version, [.. Jobs.Select(row => row.ToSummary())], [.. Nodes], [.. Actors]);
}
