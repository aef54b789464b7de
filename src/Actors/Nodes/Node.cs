using System.Text.RegularExpressions;
using Akka.Actor;
using Mailroom.Input;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>The root of a node process: joins the host, renews its lease, and supervises its workers.</summary>
public static partial class Node
{
    /// <summary>What a node may be called, for messages.</summary>
    public const string NameRule = "letters, digits, '-', '_' and '.', at most 64, the first a letter or digit";

    /// <summary>From the program: finish what runs, hand back the rest, leave.</summary>
    public sealed record Drain : ILocalMessage;

    /// <summary>How the node came to its end.</summary>
    /// <param name="StartAnew">the host's ActorSystem has shut this one out for good: only a new one can join</param>
    public sealed record End(ExitCode ExitCode, string Message, bool StartAnew = false);

    /// <param name="Host">the host's address</param>
    /// <param name="Token">shown to the host</param>
    /// <param name="Workers">threads that run pieces</param>
    /// <param name="JoinEvery">how often it knocks while the host doesn't answer</param>
    /// <param name="MaxPayload">most encoded bytes in a message</param>
    /// <param name="MaxResult">most encoded bytes of a result</param>
    /// <param name="MayRunPrograms">whether its pieces may start other programs</param>
    /// <param name="Grace">see <see cref="Worker.Settings"/></param>
    /// <param name="EndsWhenStuck">whether its host ends and restarts its process when a piece can't be ended otherwise</param>
    /// <param name="DrainTimeout">pieces that run longer after <see cref="Drain"/> are left behind</param>
    public sealed record Settings(
        string Name, Address Host, string Token, string Version, int Workers, TimeSpan JoinEvery, int MaxPayload, int MaxResult, TimeSpan BatchTime, bool MayRunPrograms, TimeSpan Grace, bool EndsWhenStuck, TimeSpan DrainTimeout)
    {
        // The token must stand in no log.
        public override string ToString() => $"{Name} of {Host}";
    }

    /// <param name="say">told what a user in front of the node wants to know</param>
    /// <param name="end">completed when the node is done</param>
    public static Props Props(Settings settings, Catalogue catalogue, TimeProvider time, Action<string> say, TaskCompletionSource<End> end) =>
        Akka.Actor.Props.Create(() => new NodeActor(settings, catalogue, time, say, end));

    /// <summary>Whether a node may have this name: it becomes an actor's name and part of a file's.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Name();
}
