using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Mailroom.Settings;

namespace Mailroom.Host.Joining;

/// <summary>What others may call this host, IPv6 in brackets.</summary>
internal static class HostNames
{
    // Addresses of this machine that are named at the most.
    private const int MaxAddresses = 8;

    /// <summary>What the settings advertise, or else the addresses on which it listens.</summary>
    public static IReadOnlyList<string> Of(RemoteSection remote)
    {
        if (remote.Advertise.Count > 0)
            return remote.Advertise;
        var own = remote.Listens!;
        if (!own.Equals(IPAddress.Any) && !own.Equals(IPAddress.IPv6Any))
            return [Text(own)];
        var all = OfMachine(own.Equals(IPAddress.IPv6Any)).Take(MaxAddresses).Select(Text).ToList();
        return all.Count > 0 ? all : [Text(IPAddress.Loopback)];
    }

    /// <summary>Addresses of this machine that others may reach it by.</summary>
    private static IEnumerable<IPAddress> OfMachine(bool withIPv6) =>
        NetworkInterface
            .GetAllNetworkInterfaces()
            .Where(one => one.OperationalStatus == OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(one => one.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address =>
                address.AddressFamily == AddressFamily.InterNetwork
                || (withIPv6 && address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv6LinkLocal)
            )
            .OrderBy(address => address.AddressFamily);

    private static string Text(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}";
}
