using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mailroom.Input;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom nodes</c>.</summary>
internal static class NodeCommands
{
    public static void Add(CommandTree tree) => tree.Add(tree.Root, new Command("nodes", "List the nodes with their state and why they last ended."), ListAsync);

    private static async Task<ExitCode> ListAsync(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        var nodes = await (await session.ConnectAsync(cancellation)).NodesAsync(cancellation);
        if (session.Options.Json)
        {
            session.Terminal.Data(JsonSerializer.Serialize(nodes, JobJson.Options));
            return ExitCode.Done;
        }
        if (nodes.Count == 0)
            session.Terminal.Notice("no nodes; 'mailroom start' starts some, and 'mailroom-node --host HOST:PORT --name NAME' joins a running host");
        else
            session.Terminal.Table(
                ["NODE", "STATE", "FROM", "PID", "WORKERS", "RESTARTS", "LAST END"],
                nodes.Select(node => new[]
                {
                    node.Name, JobJson.Word(node.State), node.Own ? "host" : "joined", node.Pid?.ToString(CultureInfo.InvariantCulture) ?? "-",
                    node.Workers.ToString(CultureInfo.InvariantCulture), node.Restarts.ToString(CultureInfo.InvariantCulture), node.Reason ?? "",
                }), stretch: 6);
        return ExitCode.Done;
    }
}
