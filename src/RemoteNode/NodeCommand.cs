using System.CommandLine;
using System.Net;
using Mailroom.Door;
using Mailroom.Host.Console;
using Mailroom.Input;

namespace Mailroom.RemoteNode;

/// <summary>The command line of <c>mailroom-node</c>.</summary>
internal static class NodeCommand
{
    private static readonly Option<string?> Host = new("--host")
    {
        Description = "the host's address; a node that has joined by an invitation knows it",
        HelpName = "HOST:PORT",
    };

    private static readonly Option<string?> Name = new("--name")
    {
        Description = "the node's name; letters, digits, '-', '_', '.'",
        HelpName = "NAME",
    };

    private static readonly Argument<string?> Invitation = new("INVITATION")
    {
        Description = "what 'mailroom nodes invite' has printed; - reads it from stdin, and nothing takes it from MAILROOM_INVITATION",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "INVITATION",
    };

    private static readonly Wanted WorkersWanted = new(typeof(int), new FromAttribute(1, 256));

    private static readonly Option<string?> Workers = new("--workers")
    {
        Description = "pieces that it runs at once; the setting mailroom.nodes.workers by default",
        HelpName = "N",
    };

    private static readonly Option<string?> State = new("--state")
    {
        Description = "the state folder: of the host, whose authority signs the node, or the node's own, if it was invited",
        HelpName = "DIR",
        Recursive = true,
    };

    private static readonly Option<string[]> Hocon = List("--hocon", "a file of settings", "FILE");
    private static readonly Option<string[]> Set = List("--set", "a single setting", "KEY=VALUE");
    private static readonly Option<string[]> Kinds = List("--kinds", "an assembly with kinds of your own, the same as the host's", "FILE");
    private static readonly Option<bool> TrustKinds = new("--trust-kinds")
    {
        Description = "take the kinds that the host was given with --kinds, and run their code",
    };

    private static readonly Option<bool> Debug = new("--debug") { Description = "show stack traces", Recursive = true };
    private static readonly Option<bool> Child = new("--child") { Hidden = true };

    private static readonly Command Join = new(
        "join",
        "Become a node of a host on another machine, by its invitation; 'mailroom-node' then starts it."
    )
    {
        Invitation,
    };

    private static readonly Command Doctor = new("doctor", "Find out why this node does not get in, and what to do.");

    private static readonly RootCommand Root = new("A node of Mailroom: joins a host and runs pieces for it in a process of its own.")
    {
        Join,
        Doctor,
        Host,
        Name,
        Workers,
        State,
        Hocon,
        Set,
        Kinds,
        TrustKinds,
        Debug,
        Child,
    };

    public static async Task<int> RunAsync(string[] args)
    {
        // That they have one lets the parser take them; they are run here, because they have signals of their own.
        Root.SetAction(_ => 0);
        Join.SetAction(_ => 0);
        Doctor.SetAction(_ => 0);
        var parsed = Root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Fail(new UserError($"mailroom-node: {ParserWords.Of(parsed)}; 'mailroom-node --help' lists the options"), debug: false);
        try
        {
            return (int)
                await (
                    parsed.Action == Root.Action ? RunAsync(OptionsOf(parsed))
                    : parsed.Action == Join.Action ? JoinAsync(parsed)
                    : parsed.Action == Doctor.Action ? LookAsync(parsed)
                    : ShowAsync(parsed)
                );
        }
        catch (UserError error)
        {
            return Fail(error, parsed.GetValue(Debug));
        }
    }

    private static async Task<ExitCode> RunAsync(NodeOptions options)
    {
        var end = await NodeProcess.RunAsync(options);
        if (!options.IsChild || end.ExitCode != ExitCode.Done)
            Console.Error.WriteLine(end.Message);
        return end.ExitCode;
    }

    private static async Task<ExitCode> ShowAsync(ParseResult parsed) => (ExitCode)await parsed.InvokeAsync(); // help, version

    private static async Task<ExitCode> LookAsync(ParseResult parsed)
    {
        var isWell = true;
        await foreach (var finding in NodeDoctor.LookAsync(StateFolder.At(parsed.GetValue(State)), TimeProvider.System.GetUtcNow()))
        {
            Console.Out.WriteLine(finding);
            isWell &= finding.IsWell;
        }
        return isWell ? ExitCode.Done : ExitCode.Refused;
    }

    private static async Task<ExitCode> JoinAsync(ParseResult parsed)
    {
        var invitation = Given(parsed.GetValue(Invitation));
        Console.Error.WriteLine(await Joining.JoinAsync(invitation, StateFolder.At(parsed.GetValue(State))));
        return ExitCode.Done;
    }

    private static NodeOptions OptionsOf(ParseResult parsed) =>
        new(
            parsed.GetValue(Host) is { } host ? AddressOf(host) : null,
            parsed.GetValue(Name),
            WorkersOf(parsed.GetValue(Workers)),
            parsed.GetValue(State),
            parsed.GetValue(Hocon)!,
            parsed.GetValue(Set)!,
            parsed.GetValue(Kinds)!,
            parsed.GetValue(TrustKinds),
            parsed.GetValue(Child)
        );

    private static Option<string[]> List(string name, string help, string value) =>
        new(name)
        {
            Description = help,
            HelpName = value,
            DefaultValueFactory = _ => [],
        };

    private static int? WorkersOf(string? text) =>
        text is null ? null
        : WorkersWanted.TryRead(text, out var count) ? (int)count!
        : throw new UserError($"--workers {WorkersWanted.Wrong(text)}");

    private static EndPoint AddressOf(string text) =>
        Doors.EndPointOf(text) ?? throw new UserError($"--host is '{Visible.Text(text)}', but it takes HOST:PORT, such as 127.0.0.1:4053");

    /// <summary>Other users of the machine can read arguments: so it may come by other ways.</summary>
    private static Invitation Given(string? word)
    {
        var text = word switch
        {
            "-" => Console.In.ReadLine(),
            null => Environment.GetEnvironmentVariable("MAILROOM_INVITATION"),
            _ => word,
        };
        return Door.Invitation.Read(
            text
                ?? throw new UserError(
                    "join: which invitation? Give what 'mailroom nodes invite' printed on the host's machine, or - to read it from stdin"
                )
        );
    }

    private static int Fail(UserError error, bool debug)
    {
        Console.Error.WriteLine(debug ? error.ToString() : error.Message);
        return (int)error.ExitCode;
    }
}
