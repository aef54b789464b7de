namespace Mailroom.Kinds;

/// <summary>What pieces do with files of the machine that their job was sent from.</summary>
public enum FileUse
{
    /// <summary>Nothing: they run on any machine.</summary>
    None,

    /// <summary>They read some, which another machine has only where the user sees to it.</summary>
    Reads,

    /// <summary>They write some, which must not be scattered over machines.</summary>
    Writes,
}
