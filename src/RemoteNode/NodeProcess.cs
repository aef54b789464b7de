using System.Reflection;
using System.Runtime.InteropServices;
using Akka.Actor;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Logs;
using Mailroom.Nodes;
using Mailroom.Settings;

namespace Mailroom.RemoteNode;

/// <summary>One node process from its start to its end.</summary>
internal static class NodeProcess
{
    public static async Task<Node.End> RunAsync(NodeOptions options)
    {
        if (!Node.IsName(options.Name))
            throw new UserError($"--name is '{Visible.Text(options.Name)}', but it takes {Node.NameRule}");
        if (options.Workers is < 1 or > 256)
            throw new UserError($"--workers is {options.Workers}, but it takes 1 to 256");
        var catalogue = Catalogue.With(options.Kinds);
        var settings = SettingsFiles.Load("node.conf", options.Hocon, options.Set);
        var state = StateFolder.At(options.State);
        var token = options.IsChild ? Console.In.ReadLine() ?? "" : state.ReadToken();
        state.Create();
        using var log = LogFile.Open(settings.Logs(state.Logs, options.Name), TimeProvider.System.GetUtcNow());
        var node = new Node.Settings(
            options.Name, options.Host, token, Version, options.Workers ?? settings.NodeWorkers, settings.JoinEvery, settings.MaxPayload, settings.MaxResult, settings.BatchTime, settings.ProgramsAllowed, settings.Grace,
            EndsWhenStuck: options.IsChild, settings.DrainTimeout);
        for (; ; )
        {
            var end = await RunAsync(node, catalogue, settings, log, options.IsChild);
            if (!end.StartAnew)
                return end;
        }
    }

    private static string Version => typeof(Node).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static async Task<Node.End> RunAsync(Node.Settings node, Catalogue catalogue, MailroomSettings settings, LogFile log, bool isChild)
    {
        var system = ActorSystems.Create("node", settings, port: 0, log);
        var end = new TaskCompletionSource<Node.End>(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = system.ActorOf(Node.Props(node, catalogue, TimeProvider.System, Say(isChild), end), "node");
        using var interrupt = OnSignal(PosixSignal.SIGINT, isChild ? null : actor, end);
        using var terminate = OnSignal(PosixSignal.SIGTERM, actor, end);
        if (isChild)
            EndWithHost(end);
        var ended = await end.Task;
        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(2)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ended;
    }

    /// <summary>First signal: drain. Second: stop now. A child leaves Ctrl-C to its host, which gets it too.</summary>
    private static PosixSignalRegistration OnSignal(PosixSignal signal, IActorRef? drain, TaskCompletionSource<Node.End> end)
    {
        var count = 0;
        return PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (drain is null)
                return;
            if (Interlocked.Increment(ref count) == 1)
                drain.Tell(new Node.Drain());
            else
                end.TrySetResult(new Node.End(ExitCode.Interrupted, "stopped at once"));
        });
    }

    /// <summary>The host holds the other end of stdin: when it lets go or dies, the node has no reason to live.</summary>
    private static void EndWithHost(TaskCompletionSource<Node.End> end) => new Thread(() =>
    {
        while (Console.In.ReadLine() is not null)
        {
        }
        end.TrySetResult(new Node.End(ExitCode.Done, "the host let go"));
    })
    {
        IsBackground = true,
        Name = "host watch",
    }.Start();

    private static Action<string> Say(bool isChild) => isChild ? _ => { } : Console.Error.WriteLine;
}
