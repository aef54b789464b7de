using Akka.Actor;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>The root of a node process: joins the host, renews its lease, and supervises its workers.</summary>
public static class Node
{
    /// <summary>From the program: finish what runs, hand back the rest, leave.</summary>
    public sealed record Drain : ILocalMessage;

    /// <summary>How the node came to its end.</summary>
    /// <param name="StartAnew">the host's ActorSystem has shut this one out for good: only a new one can join</param>
    public sealed record End(ExitCode ExitCode, string Message, bool StartAnew = false);

    /// <param name="Host">where the host listens, for messages</param>
    /// <param name="Workers">threads that run pieces</param>
    /// <param name="JoinEvery">how often it knocks while the host doesn't answer</param>
    /// <param name="MaxPayload">most encoded bytes in a message</param>
    /// <param name="MaxResult">most encoded bytes of a result</param>
    /// <param name="MayRunPrograms">whether its pieces may start other programs</param>
    /// <param name="Grace">see <see cref="Worker.Settings"/></param>
    /// <param name="EndsWhenStuck">whether its host ends and restarts its process when a piece can't be ended otherwise</param>
    /// <param name="DrainTimeout">pieces that run longer after <see cref="Drain"/> are left behind</param>
    /// <param name="Files">a folder for files that go along with jobs of other machines</param>
    /// <param name="MaxFiles">bytes of them that it takes</param>
    /// <param name="TrustsKinds">whether it runs code that its host brings along</param>
    /// <param name="Membership">of a node that has joined by an invitation</param>
    /// <param name="Labels">see <see cref="Gate.Join"/></param>
    /// <param name="Logs">the folder of its log files, where its host can't read that itself</param>
    public sealed record Settings(
        string Name,
        string Host,
        string Version,
        int Workers,
        TimeSpan JoinEvery,
        int MaxPayload,
        int MaxResult,
        TimeSpan BatchTime,
        bool MayRunPrograms,
        TimeSpan Grace,
        bool EndsWhenStuck,
        TimeSpan DrainTimeout,
        string Files,
        long MaxFiles,
        bool TrustsKinds = false,
        IMembership? Membership = null,
        IReadOnlyList<string>? Labels = null,
        string? Logs = null
    );

    /// <param name="say">told what a user in front of the node wants to know</param>
    /// <param name="end">completed when the node is done</param>
    public static Props Props(
        Settings settings,
        Catalogue catalogue,
        TimeProvider time,
        Action<string> say,
        TaskCompletionSource<End> end
    ) => Akka.Actor.Props.Create(() => new NodeActor(settings, catalogue, time, say, end));
}
