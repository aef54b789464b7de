using System.Net;

namespace Mailroom.RemoteNode;

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
