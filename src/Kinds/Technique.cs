namespace Mailroom.Kinds;

/// <summary>How pieces are run at the same time.</summary>
public enum Technique
{
    /// <summary>Each piece whole on a dedicated thread of the host.</summary>
    Threads,

    /// <summary>Each piece in a node, a process of its own.</summary>
    Processes,

    /// <summary>Many pieces in flight on one thread of the host.</summary>
    Async,
}
