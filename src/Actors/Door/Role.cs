using System.Security.Cryptography;

namespace Mailroom.Door;

/// <summary>What a certificate entitles its holder to be. Neither can stand in for the other.</summary>
public enum Role
{
    /// <summary>Serves: nodes connect to it.</summary>
    Host,

    /// <summary>Connects to a host, and is connected to by nobody.</summary>
    Node,
}

internal static class Roles
{
    /// <summary>The name that a certificate of this role carries as its only alternative name (RFC 5280, 4.2.1.6).</summary>
    public static string Domain(this Role role) =>
        role switch
        {
            Role.Host => "host.mailroom.internal",
            Role.Node => "node.mailroom.internal",
            _ => throw new InvalidOperationException($"there is no role {role}"),
        };

    /// <summary>The only use of its key (RFC 5280, 4.2.1.12): a host's may only serve, a node's may only connect.</summary>
    public static Oid Usage(this Role role) =>
        role switch
        {
            Role.Host => new Oid("1.3.6.1.5.5.7.3.1"),
            Role.Node => new Oid("1.3.6.1.5.5.7.3.2"),
            _ => throw new InvalidOperationException($"there is no role {role}"),
        };
}
