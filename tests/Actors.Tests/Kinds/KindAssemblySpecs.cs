using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Mailroom.Input;

namespace Mailroom.Kinds;

public sealed class KindAssemblySpecs : IDisposable
{
    private static readonly string Own = Path.Combine(AppContext.BaseDirectory, "MyKinds.dll");

    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-kinds").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Own_kind_should_stand_beside_the_built_in_ones()
    {
        var catalogue = Catalogue.With([Own]);
        Assert.True(catalogue.Knows("integrate"));
        Assert.Equal(
            """{"number":77031,"steps":350}""",
            await KindRun.AnswerAsync(catalogue.Find("collatz"), new JsonObject { ["below"] = "100k" })
        );
        Assert.Matches(@"^MyKinds 0\.1\.0\.0 \(sha256 [0-9a-f]{12}\)$", catalogue.VersionOf("collatz"));
        Assert.Equal("", catalogue.VersionOf("integrate"));
    }

    [Fact]
    public void Own_codec_should_bring_a_result_over_whole()
    {
        var codec = ((IKind)Catalogue.With([Own]).Find("collatz")).Bind([], "/").ResultCodec;
        var bytes = Convert.FromHexString("E72C010000000000" + "5E010000");
        Assert.Equal(bytes, codec.Encode(codec.Decode(bytes)));
    }

    [Fact]
    public void Another_file_should_be_another_version()
    {
        var copy = Path.Combine(_folder, "MyKinds.dll");
        File.WriteAllBytes(copy, [.. File.ReadAllBytes(Own), 0]);
        Assert.NotEqual(Catalogue.With([Own]).VersionOf("collatz"), Catalogue.With([copy]).VersionOf("collatz"));
    }

    [Fact]
    public void Name_that_is_taken_should_be_told_with_both_owners() =>
        Assert.Matches(
            "the name 'collatz' of Collatz is taken by MyKinds.Collatz",
            Assert.Throws<UserError>(() => Catalogue.With([Own, Own])).Message
        );

    [Fact]
    public void Assembly_should_be_refused_in_one_line_when_it_can_not_be_used()
    {
        var text = Path.Combine(_folder, "text.dll");
        File.WriteAllText(text, "no assembly");
        Assert.Contains("there is no such file", Assert.Throws<UserError>(() => Catalogue.With(["/does/not/exist.dll"])).Message);
        Assert.Contains("it is no .NET assembly", Assert.Throws<UserError>(() => Catalogue.With([text])).Message);
        Assert.Contains(
            "it has no kind",
            Assert.Throws<UserError>(() => Catalogue.With([typeof(FactAttribute).Assembly.Location])).Message
        );
    }

    [Fact]
    public void Own_kind_of_the_docs_should_stand_there_as_it_is_tested()
    {
        var root = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../..");
        Assert.Contains(
            File.ReadAllText(Path.Combine(root, "tests/OwnKind/Collatz.cs")).TrimEnd(),
            File.ReadAllText(Path.Combine(root, "docs/own-kind.md"))
        );
    }

    [Fact]
    public void Folder_of_an_own_kind_should_have_nothing_of_Mailrooms_in_it()
    {
        var built = AppContext.BaseDirectory.Replace("Actors.Tests", "OwnKind", StringComparison.Ordinal);
        Assert.Equal(["MyKinds.dll"], Directory.EnumerateFiles(built, "*.dll", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
