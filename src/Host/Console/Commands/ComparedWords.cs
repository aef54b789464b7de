using System.CommandLine;
using System.CommandLine.Parsing;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.Host.Console.Commands;

/// <summary>A comparison's command line, as a shell would take it again.</summary>
internal sealed class ComparedWords(ParseResult parsed, IKind kind)
{
    // Before the command, what is said to all of them.
    private readonly List<string> _common = [.. parsed.Tokens.Select(token => token.Value).TakeWhile(word => word != "compare")];

    /// <summary>All of it.</summary>
    public string Whole => Line(parsed.Tokens.Select(token => token.Value));

    /// <summary>The same job sent by a technique: without what is about the comparison.</summary>
    public string Sent(Technique by)
    {
        var words = JobWords();
        // Behind -- all belongs to the job.
        var at = words.IndexOf("--") is >= 0 and var dashes ? dashes : words.Count;
        words.InsertRange(at, ["--by", by.Word()]);
        return Line([.. _common, "send", kind.Name, .. words]);
    }

    private List<string> JobWords()
    {
        var words = new List<string>();
        using var given = parsed.Tokens.Skip(_common.Count + 1).Where(token => token.Type != TokenType.Command).GetEnumerator();
        while (given.MoveNext())
        {
            if (given.Current.Value is "--runs" or "--predict" or "--report" or "--with")
                given.MoveNext();
            else if (given.Current.Value is not "--json")
                words.Add(given.Current.Value);
        }
        return words;
    }

    private static string Line(IEnumerable<string> words) => $"mailroom {string.Join(' ', words.Select(Quoted))}";

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || "-./:_,=".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
