using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Client;

/// <summary>What a user sends.</summary>
/// <param name="Arguments">the kind's arguments by name</param>
/// <param name="Directory">the folder that relative paths count from</param>
/// <param name="By">the technique, or null to let Mailroom choose</param>
/// <param name="Workers">run on at most so many workers</param>
/// <param name="Pieces">how many pieces are wished</param>
/// <param name="Attempts">per piece, from 1</param>
/// <param name="Timeout">time for one attempt of a piece</param>
/// <param name="Name">what the user calls the job</param>
/// <param name="Halt">when to end the job before its pieces have all run</param>
/// <param name="Deadline">time for the whole job, from its start</param>
/// <param name="IsMeasured">whether all its pieces are to be measured, where they run on threads of the host; for <c>compare</c></param>
/// <param name="Id">new for each job that is wished: sent again with the same one, because the answer was lost, no second job comes of
/// it</param>
/// <param name="Backoff">the most that a piece waits before its second attempt; it doubles with each</param>
/// <param name="Nodes">names or labels of the nodes on which it may run, <c>*</c> for any characters and <c>?</c> for any one</param>
/// <param name="Send">files and folders that nodes of other machines get: paths below the folder from which the job's own count</param>
public sealed record JobRequest(
    string Kind,
    JsonObject Arguments,
    string Directory,
    Technique? By = null,
    int? Workers = null,
    int? Pieces = null,
    Priority Priority = Priority.Normal,
    int? Attempts = null,
    TimeSpan? Timeout = null,
    string? Name = null,
    HaltRule? Halt = null,
    TimeSpan? Deadline = null,
    bool IsMeasured = false,
    string? Id = null,
    TimeSpan? Backoff = null,
    IReadOnlyList<string>? Nodes = null,
    IReadOnlyList<string>? Send = null
)
{
    public const int MaxWorkers = 256;
    public const int MaxPieces = 100_000_000;
    public const int MaxAttempts = 100;
    public const int MaxName = 200;
    public const int MaxId = 64;
    public const int MaxNodes = 32;
    public const int MaxNode = 64;
    public const int MaxSend = 1_000;

    /// <summary>The most of <see cref="Timeout"/> and <see cref="Deadline"/>: 30 days.</summary>
    public const double MaxSeconds = 30 * 86_400;

    /// <summary>The most of <see cref="Backoff"/>: a day.</summary>
    public const double MaxBackoff = 86_400;

    /// <summary>What <see cref="Attempts"/> was called up to version 0.1; read, and never written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Retries
    {
        get => null;
        init => Attempts ??= value;
    }

    /// <summary>Whoever sent it, from wherever: what no job can be run by is refused here.</summary>
    /// <exception cref="UserError">a field is out of its range; its name and what it takes</exception>
    internal void Check()
    {
        Within("workers", Workers, MaxWorkers);
        Within("pieces", Pieces, MaxPieces);
        Within("attempts", Attempts, MaxAttempts);
        Within("timeout", Timeout);
        Within("deadline", Deadline);
        if (Backoff is { TotalSeconds: < 0 or > MaxBackoff })
            throw new UserError($"backoff is {Quantity.Text(Backoff.Value)}, but it takes 0 to {MaxBackoff / 86_400}d");
        if (Name?.Length is 0 or > MaxName)
            throw new UserError($"name has {Name.Length} characters, but it takes 1 to {MaxName}");
        if (Id?.Length is 0 or > MaxId)
            throw new UserError($"id has {Id.Length} characters, but it takes 1 to {MaxId}");
        if (!Path.IsPathFullyQualified(Directory))
            throw new UserError($"directory is '{Visible.Text(Directory)}', but it takes a full path");
        CheckNodes();
        CheckSend();
        if (Halt is { } halt && !halt.IsValid)
            throw new UserError($"halt is '{halt}', but it takes failures from 1, or percent above 0 and at most 100");
    }

    private void CheckNodes()
    {
        if (Nodes?.Count is 0 or > MaxNodes)
            throw new UserError($"nodes are {Nodes.Count}, but it takes 1 to {MaxNodes}");
        foreach (string? node in Nodes ?? [])
            if (node?.Length is null or 0 or > MaxNode || !node.All(IsOfANode))
                throw new UserError(
                    $"nodes has '{Visible.Text(node ?? "null")}', but it takes names or labels of nodes: letters, digits, '.', '_' and "
                        + "'-', and * or ? for others"
                );
    }

    private void CheckSend()
    {
        if (Send?.Count is 0 or > MaxSend)
            throw new UserError($"send has {Send.Count} paths, but it takes 1 to {MaxSend}");
        foreach (string? path in Send ?? [])
            if (string.IsNullOrEmpty(path) || LeavesFolder(path))
                throw new UserError(
                    $"send has '{Visible.Text(path ?? "null")}', but it takes files and folders below that of the job, "
                        + "such as data or data/a.txt"
                );
    }

    /// <summary>Whether a path leads out of the folder from which it counts.</summary>
    internal static bool LeavesFolder(string path) => Path.IsPathRooted(path) || path.Split('/', '\\').Contains("..");

    private static bool IsOfANode(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '*' or '?';

    private static void Within(string field, int? value, int most)
    {
        if (value < 1 || value > most)
            throw new UserError($"{field} is {value}, but it takes 1 to {most}");
    }

    private static void Within(string field, TimeSpan? value)
    {
        if (value is { TotalSeconds: <= 0 or > MaxSeconds })
            throw new UserError($"{field} is {Quantity.Text(value.Value)}, but it takes more than 0 and at most {MaxSeconds / 86_400}d");
    }
}
