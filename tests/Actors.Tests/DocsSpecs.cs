using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Mailroom;

public partial class DocsSpecs
{
    [Fact]
    public void Place_in_the_tree_that_the_docs_name_should_exist()
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));
        var docs = Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md").Append(Path.Combine(root, "README.md"));
        var missing =
            from doc in docs
            from place in Place().Matches(File.ReadAllText(doc)).Select(match => match.Groups[1].Value)
            // What a build makes need not be there yet.
            where !place.Contains("/bin/", StringComparison.Ordinal) && !Path.Exists(Path.Combine(root, place))
            select $"{Path.GetFileName(doc)}: {place}";
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"`((?:src|tests|benchmarks|samples|hocon|docs)/[\w./-]*)`")]
    private static partial Regex Place();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
