using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Inspection;
using Mailroom.Logs;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <summary>
/// Keeps one node: starts its process if it is ours, watches its lease, restarts it with back-off, and records why it died.
/// </summary>
public static class Keeper
{
    /// <summary>From a node: I live, this is what I have used so far, and this is what my actors do.</summary>
    /// <param name="RoundTrip">how long a word to the host and back takes; zero where that is not known yet</param>
    public sealed record Renew(Usage Usage, ImmutableArray<ActorReport> Actors, TimeSpan RoundTrip = default) : ILocalMessage;

    /// <summary>To a node: your lease is renewed.</summary>
    public sealed record Renewed : ILocalMessage;

    /// <summary>From a node: my workers are done, I go.</summary>
    public sealed record Left : ILocalMessage;

    /// <summary>To a node: your session is over; join anew if you can.</summary>
    public sealed record Dismissed(string Reason) : ILocalMessage;

    /// <summary>
    /// From a node: one of my pieces does not end though it was told to; end my process, so that its worker is free again.
    /// </summary>
    public sealed record Stuck(string Reason) : ILocalMessage;

    /// <summary>To a node: leave and end; what runs may end first, unless it is to be <paramref name="Now"/>.</summary>
    /// <param name="IsPatient">however long that takes</param>
    /// <param name="Reason">why it is sent away and may not come again, or null</param>
    public sealed record Retire(bool Now, bool IsPatient = false, string? Reason = null) : ILocalMessage;

    /// <summary>From a member: my certificate ends, I want the next one; see <see cref="Members.Membership.Renew"/>.</summary>
    public sealed record Certify(ImmutableArray<byte> Request) : ILocalMessage;

    /// <summary>To a member; both are PEM.</summary>
    public sealed record Certified(string Certificate, string Authority) : ILocalMessage;

    /// <summary>To a member: ask for your next certificate now.</summary>
    public sealed record Recertify : ILocalMessage;

    /// <summary>To a node: what comes next in your log, after this? Answered by <see cref="Logs"/>.</summary>
    public sealed record TellLogs(ImmutableArray<LogMark> Known) : ILocalMessage;

    /// <param name="Part">null when there is nothing more</param>
    /// <param name="Now">by the node's clock</param>
    public sealed record Logs(LogPart? Part, DateTimeOffset Now) : ILocalMessage;

    /// <summary>
    /// To a node of another machine: files go along with a job. It asks for them by <see cref="WantFile"/>, first for the list of them, and
    /// says <see cref="HaveFiles"/> when it has them; until then nothing of the job is leased to it.
    /// </summary>
    /// <param name="Hash">of the list, SHA-256 as hexadecimal digits</param>
    /// <param name="Bytes">of the list</param>
    /// <param name="PartBytes">of each part but the last of a file</param>
    public sealed record TakeFiles(int Job, string Hash, int Bytes, int PartBytes) : ILocalMessage;

    /// <summary>From such a node; answered by <see cref="FilePart"/>.</summary>
    /// <param name="File">its place in the list, from 1; 0 is the list itself</param>
    /// <param name="At">bytes before the part</param>
    public sealed record WantFile(int Job, int File, long At) : ILocalMessage;

    /// <summary>To such a node.</summary>
    public sealed record FilePart(int Job, int File, long At, ReadOnlyMemory<byte> Bytes) : ILocalMessage;

    /// <summary>From such a node: it has the files of a job, or can't have them.</summary>
    /// <param name="Hash">of their list</param>
    /// <param name="Wrong">why not</param>
    public sealed record HaveFiles(int Job, string Hash, string? Wrong = null) : ILocalMessage;

    /// <summary>To such a node: the job is over, and its files are wanted no more.</summary>
    public sealed record DropFiles(int Job) : ILocalMessage;

    /// <summary>From the gate: the user wants this node to leave, and not to come back.</summary>
    internal sealed record Leave(bool Now) : ILocalMessage;

    /// <summary>From the gate: this node may be here no longer.</summary>
    internal sealed record Expel(string Reason) : ILocalMessage;

    /// <summary>From the gate: start the process.</summary>
    internal sealed record Launch : ILocalMessage;

    /// <summary>From the gate: end the node, or dismiss it where it isn't ours, and end yourself.</summary>
    internal sealed record Stop : ILocalMessage;

    /// <summary>To the gate.</summary>
    internal sealed record Changed(NodeReport Node) : ILocalMessage;

    /// <param name="report">the node as it is before its process has started</param>
    /// <param name="kinds">users' own, for nodes that trust the host with them; null where there are none</param>
    internal static Props Props(
        Gate.Settings settings,
        NodeReport report,
        IActorRef pool,
        INodeLauncher launcher,
        TimeProvider time,
        SentFiles? kinds
    ) => Akka.Actor.Props.Create(() => new KeeperActor(settings, report, pool, launcher, time, kinds));
}
