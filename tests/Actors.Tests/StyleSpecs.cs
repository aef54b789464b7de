using System.Runtime.CompilerServices;

namespace Mailroom;

public class StyleSpecs
{
    private const int MostColumns = 140;

    [Fact]
    public void Line_should_fit_a_screen()
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));
        var wide =
            from folder in new[] { "src", "tests", "benchmarks" }
            from file in Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal)
            from line in File.ReadLines(file).Select((text, at) => (text, Number: at + 1))
            where line.text.Length > MostColumns
            select $"{Path.GetRelativePath(root, file)}:{line.Number}";
        Assert.Empty(wide);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
