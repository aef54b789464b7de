using System.CommandLine;
using System.Globalization;
using System.Net;
using Mailroom.Host.Console;
using Mailroom.Input;

namespace Mailroom.RemoteNode;

/// <summary>The command line of <c>mailroom-node</c>.</summary>
internal static class NodeCommand
{
    private static readonly Option<string> Host = new("--host")
    {
        Description = "the host's address",
        HelpName = "HOST:PORT",
        Required = true,
    };

    private static readonly Option<string> Name = new("--name")
    {
        Description = "the node's name; letters, digits, '-', '_', '.'",
        HelpName = "NAME",
        DefaultValueFactory = _ => $"{Environment.MachineName}-{Environment.ProcessId}",
    };

    private static readonly Wanted WorkersWanted = new(typeof(int), new FromAttribute(1, 256));

    private static readonly Option<string?> Workers = new("--workers")
    {
        Description = "pieces that it runs at once; the setting mailroom.nodes.workers by default",
        HelpName = "N",
    };

    private static readonly Option<string?> State = new("--state")
    {
        Description = "the host's state folder, whose authority signs the node, and which holds the logs",
        HelpName = "DIR",
    };

    private static readonly Option<string[]> Hocon = List("--hocon", "a file of settings", "FILE");
    private static readonly Option<string[]> Set = List("--set", "a single setting", "KEY=VALUE");
    private static readonly Option<string[]> Kinds = List("--kinds", "an assembly with kinds of your own, the same as the host's", "FILE");
    private static readonly Option<bool> Debug = new("--debug") { Description = "show stack traces" };
    private static readonly Option<bool> Child = new("--child") { Hidden = true };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("A node of Mailroom: joins a host and runs pieces for it in a process of its own.")
        {
            Host,
            Name,
            Workers,
            State,
            Hocon,
            Set,
            Kinds,
            Debug,
            Child,
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Fail(new UserError($"mailroom-node: {ParserWords.Of(parsed)}; 'mailroom-node --help' lists the options"), debug: false);
        if (parsed.Action is not null)
            return await parsed.InvokeAsync();
        try
        {
            var options = OptionsOf(parsed);
            var end = await NodeProcess.RunAsync(options);
            if (!options.IsChild || end.ExitCode != ExitCode.Done)
                Console.Error.WriteLine(end.Message);
            return (int)end.ExitCode;
        }
        catch (UserError error)
        {
            return Fail(error, parsed.GetValue(Debug));
        }
    }

    private static NodeOptions OptionsOf(ParseResult parsed) =>
        new(
            AddressOf(parsed.GetValue(Host)!),
            parsed.GetValue(Name)!,
            WorkersOf(parsed.GetValue(Workers)),
            parsed.GetValue(State),
            parsed.GetValue(Hocon)!,
            parsed.GetValue(Set)!,
            parsed.GetValue(Kinds)!,
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

    private static EndPoint AddressOf(string text)
    {
        var colon = text.LastIndexOf(':');
        if (
            colon <= 0
            || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535
        )
            throw new UserError($"--host is '{Visible.Text(text)}', but it takes HOST:PORT, such as 127.0.0.1:4053");
        return IPAddress.TryParse(text[..colon], out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(text[..colon], port);
    }

    private static int Fail(UserError error, bool debug)
    {
        Console.Error.WriteLine(debug ? error.ToString() : error.Message);
        return (int)error.ExitCode;
    }
}
