using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mailroom.Host.Drills;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom drill FAULT</c>: does harm on purpose and checks that nothing was lost.</summary>
internal static class DrillCommand
{
    public static void Add(CommandTree tree)
    {
        var drill = new Command("drill", "Inject a fault on purpose and check that nothing was lost; exit code 1 when something was.");
        tree.Add(tree.Root, drill, null);
        foreach (var (name, help, ownHost, run) in Drills.Drills.All)
        {
            var command = new Command(name, help);
            var options = new Declared<DrillOptions>(command, "drill");
            tree.Add(
                drill,
                command,
                async (parsed, session, cancellation) =>
                {
                    var count = options.Read(parsed).Pieces;
                    session.Terminal.Notice($"drill {name}: {help} A job of {count} pieces runs twice, without the fault and with it.");
                    return Print(session, await run(ownHost ? null : await session.ConnectAsync(cancellation), count, cancellation));
                }
            );
        }
    }

    private static ExitCode Print(Session session, DrillReport report)
    {
        var terminal = session.Terminal;
        if (session.Options.Json)
            terminal.Data(JsonSerializer.Serialize(report, Codec.JsonOptions));
        else
        {
            terminal.Data($"fault           {Visible.Text(report.What)}");
            Time("detected after", report.DetectedAfter);
            Time("requeued after", report.RequeuedAfter);
            Time("ran again after", report.RanAgainAfter);
            Time("back after", report.BackAfter);
            terminal.Data($"attempts        {report.Attempts} for {report.Pieces} pieces");
            terminal.Data($"lost            {report.Lost}");
            terminal.Data($"recorded twice  {report.RecordedTwice}");
            Time("time added", report.TimeAdded);
            foreach (var late in report.Late)
                terminal.Data($"late            {Visible.Text(late)}");
            foreach (var broken in report.Broken)
                terminal.Data($"BROKEN          {Visible.Text(broken)}");
            if (report.Passed)
                terminal.Data("kept            every piece ran, every result counts once");
        }
        return report.Passed ? ExitCode.Done : ExitCode.JobFailed;

        void Time(string what, double? seconds)
        {
            if (seconds is { } known)
                terminal.Data(string.Create(CultureInfo.InvariantCulture, $"{what, -15} {known:0.00} s"));
        }
    }
}
