using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Mailroom.Host.Console.Completion;
using Mailroom.Host.Console.Prompting;
using Mailroom.Input;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom completion</c>: scripts by which shells complete commands.</summary>
internal static partial class CompletionCommand
{
    private const int MostJobs = 1_000;

    public static void Add(CommandTree tree)
    {
        var completion = new Command(
            "completion",
            "Print the script by which a shell completes commands; its first lines say where it goes."
        );
        tree.Add(tree.Root, completion, null);
        foreach (var shell in Shell.All)
            tree.Add(
                completion,
                new Command(shell.Name, $"For {shell.Name}."),
                (_, session, _) =>
                {
                    session.Terminal.Data(shell.Script(Place.Of(tree)).TrimEnd('\n'));
                    return Task.FromResult(ExitCode.Done);
                }
            );
        // What the scripts ask for.
        var known = new Argument<string>("WHAT");
        tree.Add(
            completion,
            new Command("words", "For the scripts.") { Hidden = true, Arguments = { known } },
            (parsed, session, cancellation) => PrintAsync(session, parsed.GetValue(known)!, cancellation)
        );
    }

    /// <summary>The names that a running host has; without one there are none.</summary>
    private static async Task<ExitCode> PrintAsync(Session session, string what, CancellationToken cancellation)
    {
        if (!new Wanted(typeof(Known)).TryRead(what, out var known))
            throw new UserError($"completion words {new Wanted(typeof(Known)).Wrong(what)}");
        if (!await session.FindAsync(cancellation))
            return ExitCode.Done;
        foreach (var name in await NamesAsync(session.Mailroom, (Known)known!, cancellation))
            if (Plain().IsMatch(name))
                session.Terminal.Data(name);
        return ExitCode.Done;
    }

    // Nodes tell the names of their actors, and no shell is to take a part of one for something to do.
    [GeneratedRegex(@"^[\w.:@-]+$")]
    private static partial Regex Plain();

    private static async Task<IEnumerable<string>> NamesAsync(Control.IMailroom mailroom, Known known, CancellationToken cancellation) =>
        known switch
        {
            Known.Jobs => (await mailroom.JobsAsync(cancellation))
                .OrderByDescending(job => job.Job)
                .Take(MostJobs)
                .Select(job => job.Job.ToString(CultureInfo.InvariantCulture)),
            Known.Nodes => (await mailroom.NodesAsync(cancellation)).Select(node => node.Name),
            Known.Processes => (await mailroom.NodesAsync(cancellation)).Select(node => node.Name).Append("host"),
            _ => (await mailroom.ActorsAsync(cancellation)).Select(actor => actor.Path[(actor.Path.LastIndexOf('/') + 1)..]).Distinct(),
        };
}
