namespace Mailroom.Inspection;

/// <summary>
/// What an actor says of itself, for whoever looks at the tree. Written by the actor or its thread, read by others:
/// each field is whole by itself, and a reader may see one that is newer than its neighbour.
/// </summary>
public sealed class ActorStatus
{
    private volatile string _state = "running";
    private volatile int _job;
    private volatile int _piece = -1;

    public string State
    {
        get => _state;
        set => _state = value;
    }

    /// <summary>The job being worked on, or 0.</summary>
    public int Job => _job;

    /// <summary>The piece being worked on, or -1.</summary>
    public int Piece => _piece;

    public void At(int job, int piece) => (_job, _piece) = (job, piece);

    public void Idle() => (_job, _piece) = (0, -1);
}

/// <summary>One actor as <c>mailroom actors</c> shows it.</summary>
/// <param name="Node">the process it lives in: <c>host</c> or a node's name</param>
/// <param name="Mailbox">messages that wait</param>
/// <param name="OldestSeconds">age of the message that waits longest, in seconds; 0 when none waits</param>
/// <param name="Handled">messages handled since the actor was made</param>
/// <param name="Rate">messages handled per second, over the last second or more</param>
public sealed record ActorReport(
    string Node,
    string Path,
    string State,
    int Mailbox,
    double OldestSeconds,
    long Handled,
    double Rate,
    int? Job,
    int? Piece
);
