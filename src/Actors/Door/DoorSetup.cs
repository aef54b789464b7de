using System.Collections.Concurrent;
using System.Net;
using Akka.Actor;
using Akka.Actor.Setup;

namespace Mailroom.Door;

/// <summary>How a process opens its door to others, or goes through another's.</summary>
/// <param name="Role">what it is</param>
/// <param name="Name">what it is called</param>
/// <param name="Identity">what it shows and whom it believes, asked for by each connection; null only where TLS is off, to be measured
/// against</param>
/// <param name="EndPoints">of a host, the one where it listens; of a node, those where its host may, which are tried in their order</param>
/// <param name="MaxFrame">the largest message, in bytes; before a node has joined it is <see cref="MaxStranger"/></param>
public sealed record DoorSettings(Role Role, string Name, Func<Identity>? Identity, IReadOnlyList<EndPoint> EndPoints, int MaxFrame)
{
    /// <summary>Of a host: the certificates that it takes no more.</summary>
    public Revocations? Revoked { get; init; }

    /// <summary>The largest message of a node that has not joined, in bytes.</summary>
    public const int MaxStranger = 64 * 1024;
}

/// <summary>The door of one ActorSystem. Its transport is made by Akka and finds it here.</summary>
public sealed class DoorSetup(DoorSettings settings) : Setup
{
    // By their numbers: to Akka two handles between the same addresses are equal.
    private readonly ConcurrentDictionary<long, Connection> _connections = new();
    private readonly ConcurrentDictionary<string, bool> _admitted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Credit> _credits = new(StringComparer.Ordinal);

    public DoorSettings Settings { get; } = settings;

    /// <summary>Where a host really listens, once it does.</summary>
    public IPEndPoint? Bound { get; internal set; }

    /// <summary>Of a node, where it has found its host last.</summary>
    public EndPoint? Reached { get; internal set; }

    /// <summary>The same for a process of this machine.</summary>
    public IPEndPoint? Near =>
        Bound is not { } bound ? null
        : bound.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, bound.Port)
        : bound.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, bound.Port)
        : bound;

    public static DoorSetup? Of(ActorSystem system) =>
        system.Settings.Setup.Get<DoorSetup>() is { HasValue: true } setup ? setup.Value : null;

    /// <summary>From now on this node may bring large messages: it has joined.</summary>
    public void Admit(string node) => _admitted[node] = true;

    /// <summary>Ends a node's own connections: it connects again, shows what it is by then, and goes on with its session.</summary>
    public void Reconnect()
    {
        foreach (var connection in Connections.ToList())
            connection.Close();
    }

    /// <summary>Of a host: ends every connection whose certificate is taken no more.</summary>
    public void EndRevoked()
    {
        foreach (var connection in Connections.Where(IsRevoked).ToList())
            connection.Dispose();
    }

    /// <summary>Whether a node is there by a certificate that is taken no more; its last connection counts.</summary>
    public bool IsRevoked(string node) => LastOf(node) is { } connection && IsRevoked(connection);

    /// <summary>Where a node connects from, without its port; null where it does not.</summary>
    public string? AddressOf(string node) => LastOf(node)?.Address;

    /// <summary>The serial number of the certificate that a node has shown last.</summary>
    public string? SerialOf(string node) => LastOf(node)?.Serial;

    /// <summary>Bytes for a node that wait until it reads.</summary>
    public long UnreadBy(string node) => LastOf(node)?.Unread ?? 0;

    /// <summary>Whether a certificate is taken no more.</summary>
    public bool IsVoid(string? serial) => serial is not null && Settings.Revoked?.Contains(serial) == true;

    internal bool IsRevoked(Connection connection) => IsVoid(connection.Serial);

    private Connection? LastOf(string node) =>
        Connections.Where(connection => connection.Peer == node).MaxBy(connection => connection.Number);

    /// <summary>It is forgotten.</summary>
    public void Forget(string node)
    {
        _admitted.TryRemove(node, out _);
        _credits.TryRemove(node, out _);
    }

    /// <summary>A message of this node was handled; see <see cref="Credit"/>.</summary>
    public void Handled(string node) => CreditOf(node).Give();

    /// <summary>Whether the other side is there and has been heard, whatever it says.</summary>
    public bool IsConnected => _connections.Values.Any(connection => connection.IsAssociated);

    internal bool Admits(string node) => Settings.Role == Role.Node || _admitted.ContainsKey(node);

    internal Credit CreditOf(string node) => _credits.GetOrAdd(node, _ => new Credit());

    internal IEnumerable<Connection> Connections => _connections.Values;

    internal void Enter(Connection connection) => _connections.TryAdd(connection.Number, connection);

    internal void Leave(Connection connection) => _connections.TryRemove(connection.Number, out _);
}

/// <summary>
/// Published on the event stream of a node: it has found somebody where its host should be, but not its host, or the host did not let it
/// in.
/// </summary>
public sealed record DoorClosed(string Reason);
