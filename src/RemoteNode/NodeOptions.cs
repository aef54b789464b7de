using System.Net;

namespace Mailroom.RemoteNode;

/// <param name="Host">where the host is; null for a member, which knows it</param>
/// <param name="Name">null for a member, which has one, and where any will do</param>
/// <param name="TrustsKinds">it takes the host's own kinds, and runs them</param>
/// <param name="IsChild">started by a host: its certificate and key come on stdin, and the end of stdin is the end of the node</param>
internal sealed record NodeOptions(
    EndPoint? Host,
    string? Name,
    int? Workers,
    string? State,
    IReadOnlyList<string> Hocon,
    IReadOnlyList<string> Set,
    IReadOnlyList<string> Kinds,
    bool TrustsKinds,
    bool IsChild
);
