namespace Mailroom.Host.Console.Prompting;

/// <summary>Names that a host can be asked for, to complete a word with.</summary>
internal enum Known
{
    Jobs,
    Nodes,

    /// <summary>the nodes and the host</summary>
    Processes,
    Actors,
}
