using System.Reflection;
using System.Runtime.InteropServices;
using Akka.Actor;
using Mailroom.BuiltIn.Programs;
using Mailroom.Door;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Inspection;
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
        var catalogue = Catalogue.With(options.Kinds);
        var settings = SettingsFiles.Load("node.conf", options.Hocon, options.Set);
        var state = StateFolder.At(options.State);
        var self = Self.Of(options, settings, state);
        state.Create();
        var host = options.IsChild ? Console.In : null; // before pieces find their own there
        Prepare(settings, state, options.IsChild);
        using var log = LogFile.Open(settings.OfLogs(state.Logs, self.Name), TimeProvider.System.GetUtcNow());
        var door = new DoorSettings(Role.Node, self.Name, self.Identity, self.Hosts, settings.Wire.MaxFrame);
        for (; ; )
        {
            var end = await RunAsync(NodeOf(self, options, settings, state), door, catalogue, settings, log, host);
            if (!end.StartAnew)
                return end;
        }
    }

    /// <summary>What pieces find in this process: no secrets, no stdin, a folder for what is too big.</summary>
    private static void Prepare(MailroomSettings settings, StateFolder state, bool isChild)
    {
        SecretVariables.Hide(settings.Secrets.Environment);
        Scratch.Folder = state.Outputs;
        PoolWatch.Start();
        PieceConsole.Install();
        StandardInput.Close();
        if (isChild)
            Variables.TakeFromHost();
    }

    private static Node.Settings NodeOf(Self self, NodeOptions options, MailroomSettings settings, StateFolder state) =>
        new(
            self.Name,
            string.Join(" or ", self.Hosts.Select(Doors.Text)),
            Version,
            options.Workers ?? settings.Nodes.Workers,
            settings.Nodes.JoinEvery,
            settings.Wire.MaxPayload,
            settings.Wire.MaxResult,
            settings.Pool.BatchTime,
            settings.Programs.Allowed,
            settings.Pool.Grace,
            EndsWhenStuck: options.IsChild,
            settings.DrainTimeout,
            Path.Combine(state.Files, self.Name),
            settings.Nodes.MaxFiles,
            options.TrustsKinds,
            self.Membership,
            settings.Nodes.Labels,
            self.Membership is null ? null : state.Logs
        );

    private static string Version =>
        typeof(Node).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static async Task<Node.End> RunAsync(
        Node.Settings node,
        DoorSettings door,
        Catalogue catalogue,
        MailroomSettings settings,
        LogFile log,
        TextReader? host
    )
    {
        var system = ActorSystems.Create(settings, door, log);
        var end = new TaskCompletionSource<Node.End>(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = system.ActorOf(Node.Props(node, catalogue, TimeProvider.System, Say(host is not null), end), "node");
        using var interrupt = OnSignal(PosixSignal.SIGINT, host is not null ? null : actor, end);
        using var hangUp = OnSignal(PosixSignal.SIGHUP, host is not null ? null : actor, end);
        using var terminate = OnSignal(PosixSignal.SIGTERM, actor, end);
        if (host is not null)
            EndWithHost(host, end);
        var ended = await end.Task;
        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(2)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ended;
    }

    /// <summary>First signal: drain. Second: stop now. A child leaves Ctrl-C to its host, which gets it too.</summary>
    private static PosixSignalRegistration OnSignal(PosixSignal signal, IActorRef? drain, TaskCompletionSource<Node.End> end)
    {
        var count = 0;
        return PosixSignalRegistration.Create(
            signal,
            context =>
            {
                context.Cancel = true;
                if (drain is null)
                    return;
                if (Interlocked.Increment(ref count) == 1)
                    drain.Tell(new Node.Drain());
                else
                    end.TrySetResult(new Node.End(ExitCode.Interrupted, "stopped at once"));
            }
        );
    }

    /// <summary>The host holds the other end of stdin: when it lets go or dies, the node has no reason to live.</summary>
    private static void EndWithHost(TextReader host, TaskCompletionSource<Node.End> end) =>
        new Thread(() =>
        {
            while (host.ReadLine() is not null) { }
            end.TrySetResult(new Node.End(ExitCode.Done, "the host let go"));
        })
        {
            IsBackground = true,
            Name = "host watch",
        }.Start();

    private static Action<string> Say(bool isChild) => isChild ? _ => { } : Console.Error.WriteLine;
}
