using System.CommandLine;
using System.Runtime.InteropServices;
using Mailroom.Client;
using Mailroom.Host.Console.Prompting;
using Mailroom.Host.Hosting;
using Mailroom.Input;
using Mailroom.Model;

namespace Mailroom.Host.Console.Commands;

/// <summary><c>mailroom</c> and <c>mailroom start</c>: the host, its nodes, and a prompt.</summary>
internal static class StartCommand
{
    public static void Add(CommandTree tree)
    {
        var start = new Command("start", "Start the host and its nodes, then a prompt; go on with unfinished jobs.");
        var options = new Declared<StartOptions>(start, "start");
        tree.Add(tree.Root, start, (parsed, session, cancellation) => RunAsync(tree, session, options.Read(parsed), cancellation));
        tree.SetAction(tree.Root, (_, session, cancellation) => RunAsync(tree, session, new StartOptions(), cancellation));
    }

    private static async Task<ExitCode> RunAsync(CommandTree tree, Session session, StartOptions options, CancellationToken cancellation)
    {
        if (session.IsPrompt || session.Host is not null)
            throw new UserError("start: the host runs already, this is its prompt");
        if (!options.NoPrompt && System.Console.IsInputRedirected && await session.FindAsync(cancellation))
            return await Prompt.RunAsync(tree, session, cancellation); // a script for the host that runs already
        var host = await session.StartHostAsync(
            settings => settings with { Nodes = settings.Nodes with { Count = options.Nodes ?? settings.Nodes.Count } },
            options.Ephemeral
        );
        if (!host.HasDoor)
            session.Terminal.Notice(
                "mailroom.remote.tls is off: whoever reaches the port, any user of this machine, can be a node or the host"
            );
        session.Terminal.Notice(
            $"mailroom {RunningHost.ShownVersion} is ready: nodes join at {host.Address}, state in {session.State.Path}, "
                + $"process {Environment.ProcessId}"
        );
        foreach (
            var held in (await host.Mailroom.JobsAsync(cancellation)).Where(job => job is { State: JobState.Paused, Reason: not null })
        )
            session.Terminal.Notice($"job {held.Job} is paused: {Visible.Text(held.Reason!)}");
        return options.NoPrompt ? await ServeAsync(session, host, cancellation) : await Prompt.RunAsync(tree, session, cancellation);
    }

    /// <summary>Runs until SIGTERM or SIGINT, then drains; a second signal cuts the drain short.</summary>
    private static async Task<ExitCode> ServeAsync(Session session, RunningHost host, CancellationToken interrupted)
    {
        using var hurry = new CancellationTokenSource();
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            if (!stop.TrySetResult())
                hurry.Cancel();
        }
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        await using var _ = interrupted.Register(() => stop.TrySetResult());
        await stop.Task;
        session.Terminal.Notice("draining: no new jobs; a second signal stops at once");
        var drained = await host.DrainAsync(hurry.Token);
        session.Terminal.Notice(drained ? "drained" : "stopped with pieces still running");
        return ExitCode.Done;
    }
}
