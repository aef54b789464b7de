using System.Collections.Immutable;

namespace Mailroom.Nodes;

/// <summary>A node's membership of a host on another machine; the node's program knows where it is kept.</summary>
public interface IMembership
{
    /// <summary>When its certificate is to be renewed.</summary>
    DateTimeOffset RenewAt { get; }

    /// <summary>A certification request of the key that the next certificate is for: the same until that is kept.</summary>
    ImmutableArray<byte> Request();

    /// <summary>Keeps the certificate that came of the last request; from now on the node shows it.</summary>
    /// <returns>false when it has it already</returns>
    /// <exception cref="Input.UserError">it is none for this node, or can't be kept</exception>
    bool TryKeep(string certificate, string authority);
}
