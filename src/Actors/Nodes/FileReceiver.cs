using Akka.Actor;
using Mailroom.Sending;

namespace Mailroom.Nodes;

/// <summary>
/// Takes the files that go along with jobs, on a node of another machine than theirs, one job after the other; and removes them with the
/// job, or with the session.
/// </summary>
internal static class FileReceiver
{
    /// <summary>To its node: the files of the host's kinds are in this folder, and stay there.</summary>
    /// <param name="Hash">of the list of them</param>
    public sealed record KindsTaken(string Hash, string Folder) : ILocalMessage;

    /// <param name="Folder">of the node's own, for them</param>
    /// <param name="Most">bytes of them that it takes; see <see cref="FileStore"/></param>
    /// <param name="IsFirst">of this process: what an earlier one has left is removed</param>
    public sealed record Settings(string Folder, long Most, bool IsFirst);

    /// <param name="folders">told of each job's folder</param>
    public static Props Props(Settings settings, JobFolders folders, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new FileReceiverActor(settings, folders, time)).WithDispatcher("mailroom.dispatchers.files");
}
