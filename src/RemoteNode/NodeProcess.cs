using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
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
        if (!Doors.IsName(options.Name))
            throw new UserError($"--name is '{Visible.Text(options.Name)}', but it takes {Doors.NameRule}");
        var catalogue = Catalogue.With(options.Kinds);
        var settings = SettingsFiles.Load("node.conf", options.Hocon, options.Set);
        var state = StateFolder.At(options.State);
        var given = options.IsChild ? Given() : "";
        var identity =
            !settings.Remote.Tls ? null
            : options.IsChild ? Read(given)
            : Signed(state, options.Name);
        state.Create();
        var host = options.IsChild ? Console.In : null; // before pieces find their own there
        Prepare(settings, state, options.IsChild);
        using var log = LogFile.Open(settings.OfLogs(state.Logs, options.Name), TimeProvider.System.GetUtcNow());
        var door = new DoorSettings(
            Role.Node,
            options.Name,
            identity is null ? null : new Lazy<Identity>(identity),
            options.Host,
            settings.Wire.MaxFrame
        );
        for (; ; )
        {
            var end = await RunAsync(NodeOf(options, settings), door, catalogue, settings, log, host);
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

    private static Node.Settings NodeOf(NodeOptions options, MailroomSettings settings) =>
        new(
            options.Name,
            Written(options.Host),
            Version,
            options.Workers ?? settings.Nodes.Workers,
            settings.Nodes.JoinEvery,
            settings.Wire.MaxPayload,
            settings.Wire.MaxResult,
            settings.Pool.BatchTime,
            settings.Programs.Allowed,
            settings.Pool.Grace,
            EndsWhenStuck: options.IsChild,
            settings.DrainTimeout
        );

    /// <summary>What the host has written into the pipe that this node inherited: up to an empty line.</summary>
    private static string Given()
    {
        var pem = new StringBuilder();
        while (Console.In.ReadLine() is { Length: > 0 } line)
            pem.Append(line).Append('\n');
        return pem.ToString();
    }

    private static Identity Read(string pem)
    {
        try
        {
            return Identity.OfPem(pem);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new UserError(
                "--child is for nodes that a host starts: it gives them their certificate; start one by hand with --host and --state",
                ExitCode.Refused,
                error
            );
        }
    }

    /// <summary>A node by hand belongs to whoever can read the state folder.</summary>
    private static Identity Signed(StateFolder state, string name)
    {
        using var authority = Authority.Open(state.Path);
        return authority.Sign(Role.Node, name, TimeProvider.System.GetUtcNow());
    }

    private static string Written(EndPoint host) => host is DnsEndPoint name ? $"{name.Host}:{name.Port}" : $"{host}";

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
