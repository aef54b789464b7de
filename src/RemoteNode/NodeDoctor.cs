using System.Net;
using System.Net.Sockets;
using Mailroom.Door;
using Mailroom.Input;
using Mailroom.Inspection;

namespace Mailroom.RemoteNode;

/// <summary><c>mailroom-node doctor</c>: finds out why a node does not get in, without changing anything.</summary>
internal static class NodeDoctor
{
    public static async IAsyncEnumerable<Finding> LookAsync(StateFolder state, DateTimeOffset now)
    {
        foreach (var finding in StateChecks.Of(state.Path))
            yield return finding;
        var (membership, why) = Membership(state, now);
        if (membership is null)
        {
            yield return new Finding("membership", false, why);
            yield break;
        }
        var until = membership.Identity.Until;
        var isWell = now < membership.RenewAt + ((until - membership.RenewAt) / 4);
        yield return new Finding(
            "membership",
            isWell,
            $"{membership.Identity.Name} may join until {until.UtcDateTime:yyyy-MM-dd}"
                + (isWell ? "" : ", and gets its next certificate when it does; let it run")
        );
        foreach (var host in membership.Hosts)
            yield return await HostAsync(host, membership.Identity);
    }

    private static (NodeMembership? Membership, string Why) Membership(StateFolder state, DateTimeOffset now)
    {
        try
        {
            return (
                NodeMembership.Open(state, now),
                $"{state.Path} holds none; 'mailroom nodes invite' on the host's machine prints the line that makes one"
            );
        }
        catch (UserError error)
        {
            return (null, error.Message);
        }
    }

    private static async Task<Finding> HostAsync(EndPoint host, Identity identity)
    {
        if (host is DnsEndPoint name && await UnresolvedAsync(name.Host) is { } unknown)
            return new Finding("name", false, $"{name.Host} is not known here: {unknown}; see to DNS or /etc/hosts");
        return await Knock.TryAsync(host, identity, CancellationToken.None) is { } why
            ? new Finding(
                "host",
                false,
                $"at {Doors.Text(host)}: {why}; is the host started there (mailroom.remote.address), its port open, both clocks right, and "
                    + "this node still a member ('mailroom nodes invites')?"
            )
            : new Finding("host", true, $"lets this node in at {Doors.Text(host)}");
    }

    private static async Task<string?> UnresolvedAsync(string name)
    {
        try
        {
            await Dns.GetHostAddressesAsync(name);
            return null;
        }
        catch (SocketException error)
        {
            return error.Message;
        }
    }
}
