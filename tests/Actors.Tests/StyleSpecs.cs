using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Mailroom;

/// <summary>What a formatter does not hold: how long lines, functions and files are.</summary>
public partial class StyleSpecs
{
    private const int MostColumns = 140;
    private const int MostLines = 300;
    private const int MostInFunction = 40;

    private const string Open = "    {";
    private const string Close = "    }";
    private const string Closed = "    )";
    private const string Deeper = "     ";

    [Fact]
    public void Line_should_fit_a_screen() =>
        Assert.Empty(
            from file in Files("src", "tests", "benchmarks")
            from line in File.ReadLines(file.Path).Select((text, at) => (text, Number: at + 1))
            where line.text.Length > MostColumns
            select $"{file.Name}:{line.Number}"
        );

    [Fact]
    public void File_should_be_read_in_one_go() =>
        Assert.Empty(
            from file in Files("src")
            let lines = File.ReadLines(file.Path).Count()
            where lines > MostLines
            select $"{file.Name} has {lines} lines"
        );

    [Fact]
    public void Function_should_fit_a_screen() =>
        Assert.Empty(
            from file in Files("src")
            from function in Functions(File.ReadAllText(file.Path))
            where function.Lines > MostInFunction
            select $"{file.Name}: {function.Head} has {function.Lines} lines"
        );

    [Fact]
    public void Function_should_be_measured_between_its_braces()
    {
        var text = "class A\n{\n    void B()\n    {\n        c();\n\n        d();\n    }\n\n    class E\n    {\n        int f;\n    }\n}\n";
        Assert.Equal([("void B()", 3)], Functions(text));
    }

    /// <summary>The functions with a body of the types in a file, as CSharpier writes them: braces of their own, four blanks in.</summary>
    private static IEnumerable<(string Head, int Lines)> Functions(string text)
    {
        var lines = text.Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            if (lines[at] != Open)
                continue;
            var head = at - 1;
            while (lines[head].StartsWith(Deeper, StringComparison.Ordinal) || lines[head].StartsWith(Closed, StringComparison.Ordinal))
                head--;
            var end = Array.FindIndex(lines, at, line => line.StartsWith(Close, StringComparison.Ordinal)); // of an initializer, };
            if (lines[end] == Close && !lines[head..at].Any(line => Type().IsMatch(line)))
                yield return (lines[head].Trim(), end - at - 1);
            at = end;
        }
    }

    private static IEnumerable<(string Name, string Path)> Files(params string[] folders)
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));
        return from folder in folders
            from file in Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal)
            select (Path.GetRelativePath(root, file), file);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"\b(class|record|struct|interface|enum|extension)\b")]
    private static partial Regex Type();
}
