using System.Diagnostics;

namespace Mailroom.EndToEnd;

/// <summary>
/// docs/command.md says that each pair of lines prints the same; here they are run, where the other program is installed.
/// </summary>
public sealed class CommandDocSpecs : EndToEndSpec
{
    private static readonly string[] Pairs = File.ReadAllText(DocPath())
        .Split("## The same by each")[1]
        .Split("```")[1]
        .Trim('\n')
        .Split("\n\n");

    [Fact]
    public Task Lines_of_xargs_should_print_the_same_as_ours() => AllPrintTheSame("xargs", atLeast: 3);

    [InstalledFact("parallel")]
    public Task Lines_of_parallel_should_print_the_same_as_ours() => AllPrintTheSame("parallel", atLeast: 12);

    private async Task AllPrintTheSame(string program, int atLeast)
    {
        var lines = Pairs.Select(pair => pair.Split('\n')).Where(pair => pair[0].Contains(program, StringComparison.Ordinal)).ToArray();
        Assert.InRange(lines.Length, atLeast, int.MaxValue);
        foreach (var pair in lines)
        {
            Assert.Equal(2, pair.Length);
            var theirs = await PrintedAsync("theirs", pair[0]);
            Assert.NotEqual("", theirs);
            Assert.Equal((pair[0], theirs), (pair[0], await PrintedAsync("ours", pair[1])));
        }
    }

    private async Task<string> PrintedAsync(string folder, string line)
    {
        var mailroom = Path.Combine(AppContext.BaseDirectory, "mailroom");
        using var bash = Process.Start(
            new ProcessStartInfo("bash", ["-c", $"mailroom() {{ '{mailroom}' --state '{State}' \"$@\"; }}\n{line}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Directory.CreateDirectory(Path.Combine(Folder, folder)).FullName,
            }
        )!;
        var error = bash.StandardError.ReadToEndAsync();
        var printed = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, $"{line}: {await error}");
        return printed;
    }

    private static string DocPath([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../docs/command.md");
}
