namespace Mailroom.Door;

/// <summary>
/// What host and node say to each other has a number, which rises when something is said that the other must understand. Both say which
/// numbers they know, and speak the highest that both do.
/// </summary>
public static class Protocol
{
    public const byte Current = 4;

    /// <summary>The first in which a node tells its log when it is asked.</summary>
    public const byte WithLogs = 2;

    /// <summary>The first in which a node can be told to ask for its next certificate.</summary>
    public const byte WithRecertify = 3;

    /// <summary>The first in which a node takes the files that go along with jobs.</summary>
    public const byte WithFiles = 4;

    /// <summary>The lowest that this version still understands.</summary>
    public const byte Least = 1;

    /// <summary>What a host and a node of these versions speak.</summary>
    /// <param name="least">the lowest number that the node knows</param>
    /// <param name="current">the highest</param>
    /// <returns>0 where they have none in common</returns>
    public static int Common(int least, int current) =>
        Math.Min(current, Current) is var common && common >= Math.Max(least, Least) ? common : 0;

    /// <summary>Whether two versions of Mailroom may work together: their first two numbers are the same (semver.org, item 4).</summary>
    public static bool IsAlike(string version, string other) => Release(version) == Release(other);

    private static string Release(string version) => string.Join('.', version.Split('+', '-')[0].Split('.').Take(2));
}
