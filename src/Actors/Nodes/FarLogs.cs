using Akka.Actor;
using Mailroom.Logs;

namespace Mailroom.Nodes;

/// <summary>Brings the log of a node on another machine to the host, when somebody wants to read it.</summary>
internal static class FarLogs
{
    /// <summary>Bring what is new; answered by <see cref="Fetched"/>, after some seconds at the latest.</summary>
    public sealed record Fetch : ILocalMessage;

    public sealed record Fetched : ILocalMessage
    {
        public static Fetched Now { get; } = new();
    }

    /// <summary>To the keeper: ask the node what comes after this.</summary>
    public sealed record Want(IReadOnlyList<LogMark> Known) : ILocalMessage;

    /// <summary>From the keeper: what the node has answered.</summary>
    public sealed record Told(Keeper.Logs Logs, TimeSpan RoundTrip) : ILocalMessage;

    /// <param name="directory">of the host's log files</param>
    public static Props Props(string directory, string node, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new FarLogsActor(directory, node, time)).WithDispatcher("mailroom.dispatchers.logs");
}
