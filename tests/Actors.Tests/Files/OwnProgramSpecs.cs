namespace Mailroom.Files;

public sealed class OwnProgramSpecs : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailroom-own-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Program_should_be_started_as_one_or_by_dotnet_where_only_its_assembly_lies()
    {
        Assert.Empty(OwnProgram.Words("tool", _folder.FullName));

        var assembly = Path.Combine(_folder.FullName, "tool.dll");
        File.WriteAllText(assembly, "");
        var words = OwnProgram.Words("tool", _folder.FullName);
        Assert.Equal(assembly, words[1]);
        Assert.True(File.Exists(words[0]), words[0]);
        Assert.Equal("dotnet", Path.GetFileNameWithoutExtension(words[0]));

        var program = Path.Combine(_folder.FullName, OperatingSystem.IsWindows() ? "tool.exe" : "tool");
        File.WriteAllText(program, "");
        Assert.Equal([program], OwnProgram.Words("tool", _folder.FullName));
    }
}
