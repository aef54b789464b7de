using System.Text.RegularExpressions;
using Mailroom.BuiltIn.Files;
using Mailroom.Input;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// The inputs of a command: lines of a file, words behind <c>:::</c>, lines of the files behind <c>::::</c>; several sources are combined,
/// each input of one with each of the others.
/// </summary>
internal static class Inputs
{
    public const string Words = ":::";
    public const string Files = "::::";

    // A pattern of the user's own may take for ever.
    private static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(1);

    private static readonly string[] Linked = [":::+", "::::+"];

    /// <summary>The program alone.</summary>
    public static IReadOnlyList<string> ProgramOf(IReadOnlyList<string> words) =>
        [.. words.TakeWhile(word => word is not (Words or Files))];

    public static bool HasSources(IReadOnlyList<string> words) => words.Any(word => word is Words or Files);

    /// <exception cref="UserError">something of it is not to be had, or no file can be read</exception>
    public static void Check(Commands.Args args)
    {
        if (args.Program.FirstOrDefault(Linked.Contains) is { } link)
            throw new UserError($"command: {link} of GNU parallel is not here; give one file of lines with --inputs FILE and --colsep");
        foreach (var (word, values) in Sources(args))
            if (word == Files)
                foreach (var file in values)
                    InputLines.Check("command", Files, Path.GetFullPath(file, args.Directory));
    }

    /// <summary>All of them, in the order of parallel: the last source goes round first.</summary>
    public static IEnumerable<Commands.Input> Of(Commands.Args args)
    {
        var sources = Sources(args)
            .Select(source =>
                source.Word == Files
                    ? source.Values.SelectMany(file => Read(args, Path.GetFullPath(file, args.Directory), Files))
                    : source.Values
            )
            .ToList();
        if (args.Inputs.Length > 0)
            sources.Insert(0, Read(args, args.Inputs, "--inputs"));
        var combined = sources.Aggregate(
            (IEnumerable<string[]>)
                [
                    [],
                ],
            (all, source) => all.SelectMany(row => source.Select(value => (string[])[.. row, value]))
        );
        if (args.Colsep.Length > 0)
        {
            var separator = Separator(args.Colsep);
            combined = combined.Select(row => row.SelectMany(value => separator.Split(value)).ToArray());
        }
        if (args.MaxArgs > 1)
            combined = combined.Chunk(args.MaxArgs).Select(rows => rows.SelectMany(row => row).ToArray());
        return combined.Select((row, index) => new Commands.Input(index + 1, string.Join(' ', row), row.Length == 1 ? null : row));
    }

    /// <exception cref="UserError">it is no regular expression</exception>
    public static Regex Separator(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, MatchTime);
        }
        catch (ArgumentException error)
        {
            throw new UserError(
                $"command: --colsep is '{Visible.Text(pattern)}', which is no regular expression: {error.Message}",
                cause: error
            );
        }
    }

    /// <exception cref="UserError">it is not one byte</exception>
    public static byte Delimiter(Commands.Args args) =>
        args switch
        {
            { Null: true } => 0,
            { Delimiter: "" or @"\n" } => InputLines.LineFeed,
            { Delimiter: @"\0" } => 0,
            { Delimiter: @"\t" } => (byte)'\t',
            { Delimiter: var text } when Octets.Bytes(text) is [var one] => one,
            _ => throw new UserError(
                $"command: --delimiter is '{Visible.Text(args.Delimiter)}', but it takes one byte, or \\n, \\t or \\0"
            ),
        };

    private static IEnumerable<string> Read(Commands.Args args, string path, string option) =>
        InputLines.Read("command", option, path, Delimiter(args));

    private static IEnumerable<(string Word, IReadOnlyList<string> Values)> Sources(Commands.Args args)
    {
        var words = args.Program.Skip(ProgramOf(args.Program).Count).ToList();
        for (var at = 0; at < words.Count; )
        {
            var end = words.FindIndex(at + 1, word => word is Words or Files);
            end = end < 0 ? words.Count : end;
            yield return (words[at], words[(at + 1)..end]);
            at = end;
        }
    }
}
