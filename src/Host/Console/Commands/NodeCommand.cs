using System.CommandLine;
using Mailroom.Host.Launch;
using Mailroom.Input;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom node</c>, which is another program by the time anybody reads its words; see <see cref="NodeProgram"/>.</summary>
internal static class NodeCommand
{
    public static void Add(CommandTree tree) =>
        tree.Add(
            tree.Root,
            new Command(NodeProgram.Word, "Be a node, as 'mailroom-node' is: 'mailroom node --help' tells more.")
            {
                new Argument<string[]>("WORDS") { Description = "what mailroom-node takes", HelpName = "WORDS" },
            },
            (_, _, _) => throw new UserError("node: comes first and has a terminal of its own: mailroom node [WORDS]")
        );
}
