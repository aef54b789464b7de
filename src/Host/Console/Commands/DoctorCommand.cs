using System.CommandLine;
using Mailroom.Host.Doctor;
using Mailroom.Host.Hosting;
using Mailroom.Input;
using Mailroom.Inspection;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom doctor</c>: what is wrong, a line each with what to do.</summary>
internal static class DoctorCommand
{
    public static void Add(CommandTree tree) =>
        tree.Add(
            tree.Root,
            new Command("doctor", "Find out what is wrong with settings, state folder, certificates and ports, and what to do."),
            RunAsync
        );

    private static async Task<ExitCode> RunAsync(ParseResult parsed, Session session, CancellationToken cancellation)
    {
        var mailroom = session.Host is not null || await session.FindAsync(cancellation) ? session.Mailroom : null;
        var doctor = new HostDoctor(
            session.State,
            session.ReadSettings(),
            mailroom,
            RunningHost.ShownVersion,
            TimeProvider.System.GetUtcNow()
        );
        var all = new List<Finding>();
        await foreach (var finding in doctor.LookAsync(cancellation))
        {
            all.Add(finding);
            if (!session.Options.Json)
                session.Terminal.Data($"{finding}");
        }
        if (session.Options.Json)
            session.Json(all.ToArray());
        return all.All(finding => finding.IsWell) ? ExitCode.Done : ExitCode.Refused;
    }
}
