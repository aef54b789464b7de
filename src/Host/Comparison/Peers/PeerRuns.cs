using Mailroom.Advice;

namespace Mailroom.Host.Comparison.Peers;

/// <summary>Who else can do the same work, to be measured beside.</summary>
internal enum Peer
{
    Python,
}

/// <summary>What others took for the same work.</summary>
/// <param name="Notes">who they are, who is not here, and whose answer is another</param>
internal sealed record PeerRuns(IReadOnlyList<Runs> Runs, IReadOnlyList<string> Notes)
{
    public static PeerRuns None { get; } = new([], []);
}
