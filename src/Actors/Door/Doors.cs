using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Text.RegularExpressions;
using Akka.Actor;

namespace Mailroom.Door;

/// <summary>
/// The few places that can be spoken to from another process. An address says who is meant, not where it is: the host has
/// the same one on every machine and port, and a node's is its name.
/// </summary>
public static partial class Doors
{
    /// <summary>What a node may be called, for messages.</summary>
    public const string NameRule = "letters, digits, '-', '_' and '.', at most 64, the first a letter or digit";

    public const string HostSystem = "mailroom";

    public const string NodeSystem = "node";

    /// <summary>Where nodes join; each then speaks to its keeper, which is a child of it and has the node's name.</summary>
    public const string Gate = "/user/mailroom/nodes";

    /// <summary>The only actor of a node that the host speaks to.</summary>
    public const string Node = "/user/node";

    /// <summary>What the host is called in logs and lists.</summary>
    public const string HostName = "host";

    internal const string Scheme = "tls";

    /// <summary>The host, as nodes write to it.</summary>
    public static Address Host { get; } = new($"akka.{Scheme}", HostSystem, HostName, 1);

    /// <summary>Whether a node may have this name: it becomes an actor's name, an address and part of a file's name.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    /// <summary>Whether a host would call itself or a node of its own so.</summary>
    public static bool IsOwnName(string name) =>
        name == HostName
        || (
            name.StartsWith("node-", StringComparison.Ordinal)
            && name.AsSpan(5) is { Length: > 0 } number
            && !number.ContainsAnyExceptInRange('0', '9')
        );

    /// <summary>Whether an address is one of this machine; false for none.</summary>
    public static bool IsHere(string? address) =>
        IPAddress.TryParse(address, out var ip)
        && (
            IPAddress.IsLoopback(ip)
            || NetworkInterface
                .GetAllNetworkInterfaces()
                .SelectMany(device => device.GetIPProperties().UnicastAddresses)
                .Any(own => own.Address.Equals(ip))
        );

    /// <summary>
    /// The node that an actor belongs to, by its address, which the transport has held against the certificate; null for an actor of this
    /// process.
    /// </summary>
    public static string? NodeOf(IActorRef actor) => actor.Path.Address.Host is { } host ? NameOf(host) : null;

    /// <summary>A place in the network, from HOST:PORT; null where that is none.</summary>
    public static EndPoint? EndPointOf(string text)
    {
        var colon = text.LastIndexOf(':');
        if (
            colon <= 0
            || !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > IPEndPoint.MaxPort
        )
            return null;
        var host = text[..colon];
        if (
            host is ['[', .., ']']
                ? IPAddress.TryParse(host, out var address)
                : IPAddress.TryParse(host, out address) && !host.Contains(':')
        )
            return new IPEndPoint(address, port);
        return Uri.CheckHostName(host) == UriHostNameType.Dns ? new DnsEndPoint(host, port) : null;
    }

    /// <summary>The same as text.</summary>
    public static string Text(EndPoint point) => point is DnsEndPoint name ? $"{name.Host}:{name.Port}" : $"{point}";

    /// <summary>
    /// A node's name as it stands in its address, where Akka makes all letters small: a capital is a small one behind '_', and '_' stands
    /// twice.
    /// </summary>
    internal static string HostOf(string name) => Capital().Replace(name, match => "_" + match.Value.ToLowerInvariant());

    /// <returns>null where that is no node's</returns>
    internal static string? NameOf(string host)
    {
        var name = Escaped().Replace(host, match => match.Value[1..].ToUpperInvariant());
        return IsName(name) && HostOf(name) == host ? name : null;
    }

    [GeneratedRegex("[A-Z_]")]
    private static partial Regex Capital();

    [GeneratedRegex("_[a-z_]")]
    private static partial Regex Escaped();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Name();
}
