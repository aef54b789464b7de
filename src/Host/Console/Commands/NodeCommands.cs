using System.CommandLine;
using System.Globalization;
using System.Net;
using Mailroom.Host.Console.Prompting;
using Mailroom.Input;
using Mailroom.Nodes;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom nodes</c> and what can be done with one.</summary>
internal static class NodeCommands
{
    private static readonly Column[] Columns =
    [
        new("NODE", node => node.Name),
        new("STATE", node => node.State.Word()),
        new("FROM", From),
        new("MACHINE", node => Visible.Text(node.Machine ?? "-"), IsFar),
        new("VERSION", node => Visible.Text(node.Version?.Split('+')[0] ?? "-"), IsFar),
        new("PID", node => node.Pid?.ToString(CultureInfo.InvariantCulture) ?? "-"),
        new("WORKERS", node => node.Workers.ToString(CultureInfo.InvariantCulture)),
        new("CPU", node => node.CpuSeconds is { } cpu ? Quantity.Text(TimeSpan.FromSeconds(cpu)) : "-"),
        new("MEMORY", node => node.MemoryBytes is { } bytes ? Quantity.Megabytes(bytes) : "-"),
        new("RESTARTS", node => node.Restarts.ToString(CultureInfo.InvariantCulture)),
        new("LABELS", node => string.Join(',', node.Labels), node => node.Labels.Count > 0),
        new("LAST END", LastEnd),
    ];

    public static void Add(CommandTree tree)
    {
        var nodes = new Command("nodes", "List the nodes with their state and why they last ended; add one, or let one leave.");
        tree.Add(
            tree.Root,
            nodes,
            async (_, session, cancellation) => Print(session, await (await session.ConnectAsync(cancellation)).NodesAsync(cancellation))
        );
        var add = new Command("add", "Start node processes beside those that are there.");
        var options = new Declared<AddOptions>(add, "nodes add");
        tree.Add(
            nodes,
            add,
            (parsed, session, cancellation) =>
            {
                var count = options.Read(parsed).N;
                return ChangeAsync(session, mailroom => mailroom.AddNodesAsync(count, cancellation), cancellation);
            }
        );
        MemberCommands.Add(tree, nodes);
        AddOne(tree, nodes, "drain", "Let a node leave when what it runs has ended; it does not come back.", now: false);
        AddOne(tree, nodes, "stop", "Let a node leave at once; what it runs goes back to the queue, and it does not come back.", now: true);
    }

    private static void AddOne(CommandTree tree, Command nodes, string verb, string help, bool now)
    {
        var name = new Argument<string>("NAME") { Description = "the node's name", HelpName = "NAME" };
        tree.Offer(name, Known.Nodes);
        tree.Add(
            nodes,
            new Command(verb, help) { name },
            (parsed, session, cancellation) =>
                ChangeAsync(session, mailroom => mailroom.RetireNodeAsync(parsed.GetValue(name)!, now, cancellation), cancellation)
        );
    }

    /// <summary>Only the nodes of a host that stays can be changed: those of one that starts for this command end with it.</summary>
    private static async Task<ExitCode> ChangeAsync(
        Session session,
        Func<Control.IMailroom, Task<IReadOnlyList<NodeReport>>> change,
        CancellationToken cancellation
    )
    {
        await FindHostAsync(session, cancellation);
        var nodes = await change(session.Mailroom);
        var code = Print(session, nodes);
        if (nodes.Count > 0 && nodes.All(node => node.State is NodeState.Draining or NodeState.GivenUp or NodeState.Gone))
            session.Terminal.Notice("no node is left then, and jobs by processes wait; 'mailroom nodes add' starts one");
        return code;
    }

    /// <exception cref="UserError">no host runs that stays</exception>
    internal static async Task FindHostAsync(Session session, CancellationToken cancellation)
    {
        if (session.Host is null && !await session.FindAsync(cancellation))
            throw new UserError($"nodes: no host runs on {session.State.Path}; 'mailroom start' starts one", ExitCode.Unreachable);
    }

    private static ExitCode Print(Session session, IReadOnlyList<NodeReport> nodes)
    {
        if (session.Options.Json)
            session.Json(nodes.ToArray());
        else if (nodes.Count == 0)
            session.Terminal.Notice(
                "no nodes; 'mailroom start' starts some, 'mailroom nodes add' one more, and 'mailroom-node --host HOST:PORT --name "
                    + "NAME' joins a running host"
            );
        else
            PrintTable(session, nodes);
        return ExitCode.Done;
    }

    private static void PrintTable(Session session, IReadOnlyList<NodeReport> nodes)
    {
        var columns = Columns.Where(column => column.IsFor is not { } isFor || nodes.Any(isFor)).ToArray();
        session.Terminal.Table(
            [.. columns.Select(column => column.Head)],
            nodes.Select(node => columns.Select(column => column.Cell(node)).ToArray()),
            stretch: columns.Length - 1
        );
    }

    // A node of another machine by where it is.
    private static string From(NodeReport node) =>
        node.Own ? "host"
        : IsFar(node) ? node.Address!
        : "joined";

    /// <summary>Whether a node has come over a network.</summary>
    internal static bool IsFar(NodeReport node) =>
        !node.Own && IPAddress.TryParse(node.Address, out var address) && !IPAddress.IsLoopback(address);

    private static string LastEnd(NodeReport node) =>
        node.EndedAt?.ToLocalTime() is not { } at
            ? node.Reason ?? ""
            : at.ToString(
                at.Date == TimeProvider.System.GetLocalNow().Date ? "HH:mm:ss " : "yyyy-MM-dd HH:mm:ss ",
                CultureInfo.InvariantCulture
            ) + node.Reason;

    /// <param name="IsFor">shown where this is true of a node; null: always</param>
    private sealed record Column(string Head, Func<NodeReport, string> Cell, Func<NodeReport, bool>? IsFor = null);
}
