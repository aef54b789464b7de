using System.Net;
using System.Security.Cryptography;
using System.Text;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Nodes;
using Mailroom.Settings;

namespace Mailroom.RemoteNode;

/// <summary>Who a node is, where its host is, and how it proves the one to the other.</summary>
/// <param name="Identity">null where there are no certificates</param>
/// <param name="Membership">of a node that has joined by an invitation</param>
internal sealed record Self(string Name, IReadOnlyList<EndPoint> Hosts, Func<Identity>? Identity, IMembership? Membership = null)
{
    /// <exception cref="UserError">it can't be anybody</exception>
    public static Self Of(NodeOptions options, MailroomSettings settings, StateFolder state)
    {
        if (options.Name is { } wrong && !Doors.IsName(wrong))
            throw new UserError($"--name is '{Visible.Text(wrong)}', but it takes {Doors.NameRule}");
        var given = options.IsChild ? Given() : "";
        var name = options.Name ?? $"{Environment.MachineName}-{Environment.ProcessId}";
        if (!settings.Remote.Tls)
            return new Self(name, [options.Host ?? throw NoHost(state)], null);
        if (options.IsChild)
            return new Self(name, [options.Host ?? throw NoHost(state)], Always(Read(given)));
        // In the host's own state folder it needs no membership.
        if (options.Host is not null && File.Exists(state.Authority))
            return new Self(name, [options.Host], Always(Signed(state, name)));
        return NodeMembership.Open(state, TimeProvider.System.GetUtcNow()) is { } membership
            ? Of(membership, options)
            : new Self(name, [options.Host ?? throw NoHost(state)], Always(Signed(state, name)));
    }

    private static Self Of(NodeMembership membership, NodeOptions options)
    {
        var name = membership.Identity.Name;
        return options.Name is { } other && other != name
            ? throw new UserError($"--name is {Visible.Text(other)}, but this node was invited as {name}; leave the option out")
            : new Self(name, options.Host is { } host ? [host] : membership.Hosts, () => membership.Identity, membership);
    }

    private static UserError NoHost(StateFolder state) =>
        new(
            $"which host? {state.Path} holds no membership: join with 'mailroom-node join INVITATION', or name the host of its state "
                + "folder with --host HOST:PORT"
        );

    private static Func<Identity> Always(Identity identity) => () => identity;

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
            return Door.Identity.OfPem(pem);
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
}
