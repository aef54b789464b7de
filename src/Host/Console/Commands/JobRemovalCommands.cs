using System.CommandLine;
using Mailroom.Input;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom jobs rm</c> and <c>clean</c>: jobs that have ended, and all that is recorded of them, go.</summary>
internal static class JobRemovalCommands
{
    public static void Add(CommandTree tree, Command jobs)
    {
        var id = JobCommands.Id(tree);
        tree.Add(
            jobs,
            new Command("rm", "Remove a job that has ended, with all that is recorded of it.") { id },
            (parsed, session, cancellation) =>
                RemoveAsync(session, JobCommands.Number(parsed.GetValue(id)!), DateTimeOffset.MaxValue, cancellation)
        );
        var clean = new Command("clean", "Remove all jobs that have ended and were sent so long ago.");
        var options = new Declared<CleanOptions>(clean, "jobs clean");
        tree.Add(
            jobs,
            clean,
            (parsed, session, cancellation) =>
                RemoveAsync(session, null, TimeProvider.System.GetUtcNow() - options.Read(parsed).Older, cancellation)
        );
    }

    private static async Task<ExitCode> RemoveAsync(Session session, int? job, DateTimeOffset before, CancellationToken cancellation)
    {
        var removed = await (await session.ConnectAsync(cancellation)).RemoveAsync(job, before, cancellation);
        if (session.Options.Json)
            session.Json(removed.ToArray());
        else
            session.Terminal.Notice(job is null ? $"{Quantity.Of(removed.Count, "job")} removed" : $"job {job} is removed");
        return ExitCode.Done;
    }
}
