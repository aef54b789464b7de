using System.Text.Json.Nodes;

namespace Mailroom.EndToEnd;

/// <summary>Specs in which nodes are stopped, killed, cut off, and come back.</summary>
public abstract class NodeFaults : EndToEndSpec
{
    // A lease short enough to wait for, long enough for a busy machine.
    private protected static readonly string[] ShortLease = ["--set", "mailroom.nodes.lease=2s", "--set", "mailroom.nodes.heartbeat=200ms"];

    private protected async Task<JsonNode> UpAsync(int nodes) =>
        await Until(all => all.AsArray().Count(node => (string)node!["state"]! == "up") == nodes, "nodes");

    /// <summary>A host whose nodes are up.</summary>
    private protected async Task<MailroomProcess> StartUpAsync(int nodes)
    {
        var host = StartHost("--nodes", $"{nodes}").Host;
        try
        {
            await UpAsync(nodes);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }
}
