using Mailroom.Input;

namespace Mailroom.Host.Console;

/// <summary>The words of the command line as the bytes that they are; .NET has put U+FFFD where they are no UTF-8.</summary>
internal static class ByteArguments
{
    private const char Replaced = '\uFFFD';

    public static string[] Of(string[] args)
    {
        if (!OperatingSystem.IsLinux() || !args.Any(arg => arg.Contains(Replaced, StringComparison.Ordinal)))
            return args;
        var line = File.ReadAllBytes("/proc/self/cmdline").AsSpan();
        var words = new List<string>();
        for (int end; (end = line.IndexOf((byte)0)) >= 0; line = line[(end + 1)..])
            words.Add(Octets.Text(line[..end]));
        // Before the arguments stands the program, or the program and what it runs.
        return words.Count >= args.Length ? [.. words.TakeLast(args.Length)] : args;
    }
}
