using System.Net;
using System.Net.Sockets;
using Mailroom.Door;
using Mailroom.Host.Control;
using Mailroom.Host.Joining;
using Mailroom.Input;
using Mailroom.Inspection;
using Mailroom.Settings;

namespace Mailroom.Host.Doctor;

/// <summary>Finds out what is wrong with a host, whether it runs or not, without changing anything.</summary>
/// <param name="mailroom">the host that runs on the state folder, or null</param>
/// <param name="version">of the program that asks</param>
internal sealed class HostDoctor(StateFolder state, MailroomSettings settings, IMailroom? mailroom, string version, DateTimeOffset now)
{
    public async IAsyncEnumerable<Finding> LookAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        yield return new Finding("settings", true, "can be used");
        foreach (var finding in StateChecks.Of(state.Path))
            yield return finding;
        var authority = Authority();
        if (authority is not null)
            yield return authority;
        if (mailroom is null)
        {
            yield return new Finding("host", true, $"none runs on {state.Path}; 'mailroom start' starts one");
            yield return FreePort();
            yield break;
        }
        var host = await mailroom.HostAsync(cancellation);
        yield return Version(host);
        if (authority is { IsWell: true } && settings.Remote.Tls)
            await foreach (var finding in PortsAsync(IPEndPoint.Parse(host.Address), cancellation))
                yield return finding;
        foreach (var finding in Members(IPEndPoint.Parse(host.Address), await mailroom.MembersAsync(cancellation)))
            yield return finding;
    }

    /// <returns>null where there is none yet</returns>
    private Finding? Authority()
    {
        if (!File.Exists(state.Authority))
            return null;
        try
        {
            using var authority = Door.Authority.Open(state.Path);
            var before = authority.BeforeHash is null ? "" : "; the one before is believed until 'mailroom nodes rotate-ca --finish'";
            return new Finding("authority", true, $"its key has the hash {authority.KeyHash}{before}");
        }
        catch (UserError error)
        {
            return new Finding("authority", false, error.Message);
        }
    }

    private Finding Version(HostDocument host) =>
        host.Version == version
            ? new Finding("host", true, $"Mailroom {host.Version} runs as process {host.Pid}, and nodes join at {host.Address}")
            : new Finding(
                "host",
                false,
                $"Mailroom {host.Version} runs as process {host.Pid}, but this is {version}; stop it, and start this one"
            );

    private Finding FreePort()
    {
        var place = settings.EndPoint(settings.Remote.Port);
        try
        {
            using var listener = new TcpListener(place);
            listener.Start();
            return new Finding("port", true, $"{place} is free for nodes");
        }
        catch (SocketException error)
        {
            return new Finding(
                "port",
                false,
                $"{place} can't be opened for nodes: {error.Message}; --set mailroom.remote.port=PORT chooses another"
            );
        }
    }

    /// <summary>Knocks as a node would, at every name that an invitation would tell it.</summary>
    private async IAsyncEnumerable<Finding> PortsAsync(
        IPEndPoint place,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var authority = Door.Authority.Open(state.Path);
        var node = authority.Sign(Role.Node, "doctor", now);
        foreach (var name in Names(place))
            yield return Doors.EndPointOf($"{name}:{place.Port}") is { } there && await Knock.TryAsync(there, node, cancellation) is { } why
                ? new Finding(
                    "port",
                    false,
                    $"no node would be let in at {name}:{place.Port}: {why}; see to the firewall, the name, and mailroom.remote.advertise"
                )
                : new Finding("port", true, $"a node is let in at {name}:{place.Port}");
    }

    // The host that runs may have been told another address than these settings say.
    private IReadOnlyList<string> Names(IPEndPoint place) => HostNames.Of(settings.Remote with { Address = $"{place.Address}" });

    private IEnumerable<Finding> Members(IPEndPoint place, IReadOnlyList<MemberDocument> members)
    {
        if (members.Count > 0 && IPAddress.IsLoopback(place.Address))
            yield return new Finding(
                "members",
                false,
                $"{Quantity.Of(members.Count, "node")} invited, but the host listens on this machine only; start it with --set "
                    + "mailroom.remote.address=0.0.0.0"
            );
        foreach (var member in members.Where(member => member.State == "member"))
            yield return member.Until - now > settings.Remote.MemberLife / 4
                ? new Finding("members", true, $"{member.Name} may join until {member.Until:yyyy-MM-dd}")
                : new Finding(
                    "members",
                    false,
                    $"{member.Name} may join until {member.Until:yyyy-MM-dd} only: it has not been here to get its next certificate; start "
                        + "it, or take it away with 'mailroom nodes revoke'"
                );
    }
}
