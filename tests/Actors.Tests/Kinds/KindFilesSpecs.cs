using Mailroom.Sending;

namespace Mailroom.Kinds;

public sealed class KindFilesSpecs : IDisposable
{
    private readonly DirectoryInfo _here = Directory.CreateTempSubdirectory("mailroom-here");
    private readonly DirectoryInfo _there = Directory.CreateTempSubdirectory("mailroom-there");

    public void Dispose()
    {
        _here.Delete(recursive: true);
        _there.Delete(recursive: true);
    }

    private string Path(string name) => System.IO.Path.Combine(_here.FullName, name);

    private void Write(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
            File.WriteAllText(Path(name), name);
        }
    }

    [Fact]
    public void Assembly_should_bring_what_its_own_list_names_and_is_there_and_nothing_else()
    {
        Write("My.dll", "Package.dll", "runtimes/linux-x64/native/libx.so", "de/Package.resources.dll", "secret.txt", "Other.dll");
        File.WriteAllText(
            Path("My.deps.json"),
            """
            {"targets":{".NETCoreApp,Version=v10.0":{
              "My/1.0.0":{"dependencies":{"Package":"2.0.0"},"runtime":{"My.dll":{}}},
              "Package/2.0.0":{
                "runtime":{"lib/net8.0/Package.dll":{"assemblyVersion":"2.0.0.0"}},
                "runtimeTargets":{"runtimes/linux-x64/native/libx.so":{"rid":"linux-x64"},"runtimes/win-x64/native/x.dll":{}},
                "resources":{"lib/net8.0/de/Package.resources.dll":{"locale":"de"}}},
              "../evil/1.0.0":{"runtime":{"lib/../../../secret.txt":{}},"runtimeTargets":{"absent.dll":{}}}}}}
            """
        );
        Assert.Equal(
            ["My.dll", "Package.dll", "runtimes/linux-x64/native/libx.so", "de/Package.resources.dll", "secret.txt", "My.deps.json"],
            KindFiles.Of(Path("My.dll"))
        );
    }

    [Fact]
    public void Assembly_without_a_list_should_bring_the_assemblies_beside_it()
    {
        Write("My.dll", "Package.dll", "secret.txt");
        Assert.Equal(["My.dll", "Package.dll"], KindFiles.Of(Path("My.dll")));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"targets":{"a":{"b":{"runtime":[]}}}}""")]
    [InlineData("[1]")]
    public void List_that_is_none_should_be_told_or_name_nothing(string list)
    {
        Write("My.dll");
        File.WriteAllText(Path("My.deps.json"), list);
        try
        {
            Assert.Equal(["My.dll", "My.deps.json"], KindFiles.Of(Path("My.dll")));
        }
        catch (IOException error)
        {
            Assert.Contains("is no list of dependencies", error.Message);
        }
    }

    [Fact]
    public void Kinds_should_be_known_where_they_were_sent_and_those_that_are_there_already_stay()
    {
        File.Copy(System.IO.Path.Combine(AppContext.BaseDirectory, "MyKinds.dll"), Path("MyKinds.dll"));
        var host = Catalogue.With([Path("MyKinds.dll")]);
        var files = SentFiles.Of(host)!;
        var store = new FileStore(_there.FullName, 10_000_000);
        var list = files.Manifest;
        using var taking = new FileTaking(store, SentFiles.OfKinds, list.Sha256, list.Form.Length, SentFiles.MaxPart, TimeProvider.System);
        while (!taking.IsDone)
            foreach (var place in taking.Ask())
                Assert.True(taking.TryTake(place, files.Read(place.File, place.At, SentFiles.MaxPart)));
        var kinds = SentFiles.KindsIn(taking.Folder!);
        Assert.Equal("MyKinds.dll", System.IO.Path.GetFileName(Assert.Single(kinds)));
        var node = Catalogue.BuiltIn.Plus(kinds);
        Assert.Equal(host.VersionOf("collatz"), node.VersionOf("collatz"));
        Assert.False(Catalogue.BuiltIn.Knows("collatz"));
        Assert.Same(node.Find("collatz"), node.Plus(kinds).Find("collatz"));
        Assert.Null(SentFiles.Of(Catalogue.BuiltIn));
    }
}
