using System.CommandLine;
using System.Globalization;
using Mailroom.Input;
using Mailroom.Inspection;

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
        var actors = await (await session.ConnectAsync(cancellation)).ActorsAsync(cancellation);
        if (session.Options.Json)
            session.Json(actors.ToArray());
        else
            session.Terminal.Table(
                ["ACTOR", "STATE", "MAIL", "OLDEST", "RATE", "PIECE"],
                actors.GroupBy(actor => actor.Node).SelectMany(node => node.Select(Row).Prepend([node.Key, "", "", "", "", ""])),
                stretch: 1
            );
        return ExitCode.Done;
    }

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
