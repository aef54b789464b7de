using System.Diagnostics;
using System.Text.Json.Nodes;
using Mailroom.BuiltIn;
using Mailroom.Input;

namespace Mailroom.Kinds;

public sealed class ChecksumSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailroom-checksum").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private IWork Bind(params string[] paths) =>
        ((IKind)new Checksum()).Bind(
            new JsonObject { ["path"] = new JsonArray([.. paths.Select(path => JsonValue.Create(path))]) },
            _folder
        );

    private async Task<Answer> SumAsync(params string[] paths)
    {
        var work = Bind(paths);
        var fold = work.Fold();
        foreach (var piece in (await work.SplitAsync(new SplitHint(1, null), CancellationToken.None)).Pieces)
            fold.Add(await KindRun.RunAsync(work, piece));
        return fold.Finish();
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, name))!);
        File.WriteAllText(Path.Combine(_folder, name), text);
    }

    [Fact]
    public async Task Checksum_should_give_the_known_sum()
    {
        Write("abc", "abc"); // FIPS 180-2, appendix B.1
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc", (await SumAsync("abc")).Text);
    }

    [Fact]
    public async Task Checksum_should_print_what_sha256sum_accepts_even_for_odd_names()
    {
        Write("plain", "1");
        Write("sub/with space", "2");
        Write("sub/back\\slash", "3");
        Write("sub/line\nbreak", "4");
        File.WriteAllText(Path.Combine(_folder, "sums"), (await SumAsync("plain", "sub")).Text + "\n");
        using var check = Process.Start(
            new ProcessStartInfo("sha256sum", ["--strict", "-c", "sums"]) { WorkingDirectory = _folder, RedirectStandardOutput = true }
        )!;
        var output = await check.StandardOutput.ReadToEndAsync();
        await check.WaitForExitAsync();
        Assert.Equal(0, check.ExitCode);
        Assert.Equal(4, output.Split(": OK").Length - 1);
    }

    [Fact]
    public async Task Checksum_should_not_follow_links_out_of_the_folder()
    {
        Write("in/file", "1");
        Write("out/secret", "2");
        File.CreateSymbolicLink(Path.Combine(_folder, "in/link"), Path.Combine(_folder, "out/secret"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "in/folder"), Path.Combine(_folder, "out"));
        var sums = await SumAsync("in");
        Assert.EndsWith("  in/file", sums.Text);
        Assert.DoesNotContain('\n', sums.Text);
    }

    [Fact]
    public async Task Checksum_should_give_up_a_file_that_has_gone()
    {
        Write("gone", "1");
        var work = Bind("gone");
        File.Delete(Path.Combine(_folder, "gone"));
        var error = await Assert.ThrowsAsync<GiveUpException>(async () =>
            await KindRun.RunAsync(work, (await work.SplitAsync(new SplitHint(1, null), CancellationToken.None)).Pieces.Single())
        );
        Assert.Contains("gone can't be read", error.Message);
    }

    [Fact]
    public void Checksum_should_refuse_a_path_that_does_not_exist() =>
        Assert.Contains("there is no file or folder 'nothing'", Assert.Throws<UserError>(() => Bind("nothing")).Message);

    [Fact]
    public async Task Checksum_should_answer_an_empty_folder_with_nothing()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "empty"));
        Assert.Equal("", (await SumAsync("empty")).Text);
    }
}
