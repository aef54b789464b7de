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

    [Fact]
    public void Kind_of_the_template_and_images_should_be_of_the_version_that_is_packed()
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));
        var version = VersionElement().Match(File.ReadAllText(Path.Combine(root, "Directory.Build.props"))).Groups[1].Value;
        Assert.Contains(
            $"<PackageReference Include=\"Mailroom.Kinds\" Version=\"{version}\" />",
            File.ReadAllText(Path.Combine(root, "templates/kind/src/MyKind.csproj"))
        );
        Assert.Equal(
            [$"mailroom:{version}", $"mailroom-node:{version}"],
            File.ReadLines(Path.Combine(root, "docs/compose.yaml"))
                .Select(line => line.Trim().Split("image: "))
                .Where(words => words.Length == 2)
                .Select(words => words[1])
        );
    }

    [Fact]
    public void Program_on_the_page_of_the_client_should_be_the_sample()
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));
        var shown = File.ReadAllText(Path.Combine(root, "docs/client.md")).Split("```csharp\n")[1].Split("```")[0];
        Assert.Contains(Trimmed(shown), Trimmed(File.ReadAllText(Path.Combine(root, "samples/SendAndFollow/Program.cs"))));

        static string Trimmed(string text) => string.Join('\n', text.Trim().Split('\n').Select(line => line.Trim()));
    }

    [GeneratedRegex("<Version>(.*)</Version>")]
    private static partial Regex VersionElement();

    [GeneratedRegex(@"`((?:src|tests|benchmarks|samples|hocon|docs)/[\w./-]*)`")]
    private static partial Regex Place();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
