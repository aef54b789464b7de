using System.Diagnostics;
using Mailroom.Files;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Files;

/// <summary>What somebody puts in a file's place after it was looked at is neither read, nor written, nor waited for.</summary>
public sealed class SafeFileSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-safe").FullName;

    public SafeFileSpecs()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "root", "sub"));
        File.WriteAllText(Path.Combine(_folder, "root", "sub", "file"), "right");
        File.WriteAllText(Path.Combine(_folder, "secret"), "secret");
    }

    private string Root => Path.Combine(_folder, "root");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Read(SafeFileHandle file)
    {
        using var reader = new StreamReader(new FileStream(file, FileAccess.Read));
        return reader.ReadToEnd();
    }

    private void PutPipe(string path)
    {
        using var make = Process.Start("mkfifo", [Path.Combine(_folder, path)]);
        make.WaitForExit();
    }

    [Fact]
    public void File_that_is_still_one_should_be_read() => Assert.Equal("right", Read(SafeFile.Open(Root, "sub/file")));

    [Fact]
    public void File_that_was_swapped_for_a_link_should_not_be_read()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.Delete(Path.Combine(Root, "sub", "file"));
        File.CreateSymbolicLink(Path.Combine(Root, "sub", "file"), Path.Combine(_folder, "secret"));
        Assert.Contains("but a link", Assert.Throws<IOException>(() => SafeFile.Open(Root, "sub/file")).Message);
    }

    [Fact]
    public void Folder_on_the_way_that_was_swapped_for_a_link_should_not_be_gone_through()
    {
        if (!OperatingSystem.IsLinux())
            return;
        Directory.Delete(Path.Combine(Root, "sub"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(Root, "sub"), _folder);
        Assert.Contains("but a link", Assert.Throws<IOException>(() => SafeFile.Open(Root, "sub/secret")).Message);
    }

    [Theory]
    [InlineData("sub/file")]
    [InlineData("")]
    public void File_that_was_swapped_for_a_pipe_should_keep_nobody_waiting(string below)
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.Delete(Path.Combine(Root, "sub", "file"));
        PutPipe("root/sub/file");
        Assert.Contains(
            "but a pipe",
            Assert
                .Throws<IOException>(() =>
                    below.Length == 0 ? SafeFile.Open(Path.Combine(Root, "sub", "file"), "") : SafeFile.Open(Root, below)
                )
                .Message
        );
    }

    [Fact]
    public void Link_that_the_user_named_himself_should_be_followed()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.CreateSymbolicLink(Path.Combine(_folder, "named"), Path.Combine(Root, "sub", "file"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "folder"), Root);
        Assert.Equal("right", Read(FileWalk.Open(_folder, ["named"], "named")));
        Assert.Equal("right", Read(FileWalk.Open(_folder, ["folder"], "folder/sub/file")));
        Assert.Equal("right", Read(FileWalk.Open(_folder, ["root/", "root"], "root/sub/file")));
    }

    [Fact]
    public void Nothing_should_be_written_through_a_link_a_pipe_or_a_second_name()
    {
        if (!OperatingSystem.IsLinux())
            return;
        File.CreateSymbolicLink(Path.Combine(Root, "link"), Path.Combine(_folder, "secret"));
        using (var link = Process.Start("ln", [Path.Combine(_folder, "secret"), Path.Combine(Root, "second")]))
            link.WaitForExit();
        PutPipe("root/pipe");
        foreach (var name in new[] { "link", "second", "pipe" })
            Assert.Throws<IOException>(() => SafeFile.Create(Root, name));
        Assert.Equal("secret", File.ReadAllText(Path.Combine(_folder, "secret")));
    }

    [Fact]
    public void File_that_another_writes_should_not_be_written()
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var first = SafeFile.Create(Root, "part");
        Assert.Throws<IOException>(() => SafeFile.Create(Root, "part"));
    }

    [Fact]
    public void Missing_file_should_be_told_from_one_that_may_not_be_read() =>
        Assert.Throws<FileNotFoundException>(() => SafeFile.Open(Root, "none"));
}
