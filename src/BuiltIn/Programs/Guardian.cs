using System.Globalization;
using Mailroom.Files;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// Ends the programs of a process that is gone, whatever ended it: a small process of its own, told of each program's group
/// as it starts and ends. When its stdin ends, so do they.
/// </summary>
public static class Guardian
{
    /// <summary>The argument by which <c>mailroom-node</c> is one.</summary>
    public const string Argument = "--guard";

    private static readonly Lazy<Stream?> Words = new(Start);

    /// <summary>What the other process does: reads until its end, then ends what is left.</summary>
    public static int Run(TextReader told)
    {
        var groups = new HashSet<int>();
        while (told.ReadLine() is { } line)
        {
            if (!int.TryParse(line.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var group) || group <= 1)
                continue;
            if (line[0] == '+')
                groups.Add(group);
            else
                groups.Remove(group);
        }
        foreach (var group in groups)
            Posix.SignalGroup(group, Posix.SigKill);
        return 0;
    }

    /// <summary>Starts it, so that it is there before the first program is.</summary>
    internal static void Prepare() => _ = Words.Value;

    internal static void Began(int group) => Tell($"+{group}\n");

    internal static void Ended(int group) => Tell($"-{group}\n");

    private static void Tell(string line)
    {
        if (Words.Value is not { } words)
            return;
        try
        {
            lock (words)
                words.Write(System.Text.Encoding.ASCII.GetBytes(line));
        }
        catch (IOException)
        {
            // somebody has ended it: programs run as well without, and are only not ended should this process be killed
        }
    }

    // Beside Mailroom's own programs it is always there; a program that only uses its kinds has none.
    private static FileStream? Start()
    {
        var program = OwnProgram.Words(OwnProgram.Node);
        return program.Count > 0 ? new FileStream(Posix.StartGuardian(program), FileAccess.Write, bufferSize: 0) : null;
    }
}
