using System.CommandLine;
using System.Globalization;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Nodes;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom actors</c>: the tree of all actors in all processes.</summary>
internal static class ActorCommands
{
    public static void Add(CommandTree tree) =>
        tree.Add(
            tree.Root,
            new Command("actors", "The tree of actors: state, mailbox, age of the oldest message, rate, current piece."),
            ListAsync
        );

    private static async Task<ExitCode> ListAsync(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        var mailroom = await session.ConnectAsync(cancellation);
        var actors = await mailroom.ActorsAsync(cancellation);
        if (session.Options.Json)
        {
            session.Json(actors.ToArray());
            return ExitCode.Done;
        }
        var nodes = (await mailroom.NodesAsync(cancellation)).ToDictionary(node => node.Name);
        session.Terminal.Table(
            ["ACTOR", "STATE", "MAIL", "OLDEST", "RATE", "PIECE"],
            actors
                .GroupBy(actor => actor.Node)
                .SelectMany(node => node.Select(Row).Prepend([Place(node.Key, nodes.GetValueOrDefault(node.Key)), "", "", "", "", ""])),
            stretch: 1
        );
        return ExitCode.Done;
    }

    /// <summary>A process, and where it is if that is another machine.</summary>
    private static string Place(string name, NodeReport? node) =>
        node is not null && NodeCommands.IsFar(node) ? $"{name} on {Visible.Text(node.Machine ?? "?")} at {node.Address}" : name;

    private static string[] Row(ActorReport actor)
    {
        var parts = actor.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return
        [
            new string(' ', 2 * (parts.Length - 1)) + parts[^1],
            actor.State,
            actor.Mailbox.ToString(CultureInfo.InvariantCulture),
            actor.Mailbox == 0 ? "-" : Quantity.Text(TimeSpan.FromSeconds(actor.OldestSeconds)),
            actor.Rate == 0 ? "-" : Quantity.Text(actor.Rate) + "/s",
            actor.Job is not { } job ? ""
            : actor.Piece is { } piece ? $"{job}:{piece}"
            : $"{job}",
        ];
    }
}
