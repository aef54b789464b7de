using System.CommandLine;
using System.Globalization;
using System.Net;
using Mailroom.Input;

namespace Mailroom.RemoteNode;

/// <summary>The command line of <c>mailroom-node</c>.</summary>
internal static class NodeCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var host = new Option<string>("--host")
        {
            Description = "the host's address",
            HelpName = "HOST:PORT",
            Required = true,
        };
        var name = new Option<string>("--name")
        {
            Description = "the node's name; letters, digits, '-', '_', '.'",
            HelpName = "NAME",
            DefaultValueFactory = _ => $"{Environment.MachineName}-{Environment.ProcessId}",
        };
        var workers = new Option<int?>("--workers")
        {
            Description = "pieces that it runs at once; the setting mailroom.nodes.workers by default",
            HelpName = "N",
        };
        var state = new Option<string?>("--state")
        {
            Description = "the host's state folder, whose authority signs the node, and which holds the logs",
            HelpName = "DIR",
        };
        var hocon = new Option<string[]>("--hocon")
        {
            Description = "a file of settings",
            HelpName = "FILE",
            DefaultValueFactory = _ => [],
        };
        var set = new Option<string[]>("--set")
        {
            Description = "a single setting",
            HelpName = "KEY=VALUE",
            DefaultValueFactory = _ => [],
        };
        var kinds = new Option<string[]>("--kinds")
        {
            Description = "an assembly with kinds of your own, the same as the host's",
            HelpName = "FILE",
            DefaultValueFactory = _ => [],
        };
        var debug = new Option<bool>("--debug") { Description = "show stack traces" };
        var child = new Option<bool>("--child") { Hidden = true };
        var root = new RootCommand("A node of Mailroom: joins a host and runs pieces for it in a process of its own.")
        {
            host,
            name,
            workers,
            state,
            hocon,
            set,
            kinds,
            debug,
            child,
        };

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
            return Fail(new UserError(parsed.Errors[0].Message + " 'mailroom-node --help' lists the options."), debug: false);
        if (parsed.Action is not null)
            return await parsed.InvokeAsync();
        try
        {
            var options = new NodeOptions(
                AddressOf(parsed.GetValue(host)!),
                parsed.GetValue(name)!,
                parsed.GetValue(workers),
                parsed.GetValue(state),
                parsed.GetValue(hocon)!,
                parsed.GetValue(set)!,
                parsed.GetValue(kinds)!,
                parsed.GetValue(child)
            );
            var end = await NodeProcess.RunAsync(options);
            if (!options.IsChild || end.ExitCode != ExitCode.Done)
                Console.Error.WriteLine(end.Message);
            return (int)end.ExitCode;
        }
        catch (UserError error)
        {
            return Fail(error, parsed.GetValue(debug));
        }
    }

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

/// <param name="IsChild">started by a host: its certificate and key come on stdin, and the end of stdin is the end of the node</param>
internal sealed record NodeOptions(
    EndPoint Host,
    string Name,
    int? Workers,
    string? State,
    IReadOnlyList<string> Hocon,
    IReadOnlyList<string> Set,
    IReadOnlyList<string> Kinds,
    bool IsChild
);
