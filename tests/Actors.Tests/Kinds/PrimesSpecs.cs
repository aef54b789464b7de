using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Mailroom.Input;

namespace Mailroom.Kinds;

public class PrimesSpecs
{
    [Fact]
    public async Task Kind_of_the_readme_should_count_the_primes() =>
        Assert.Equal("9592", await KindRun.AnswerAsync(new Primes(), new JsonObject { ["below"] = "100k" }));

    [Fact]
    public void Kind_of_the_readme_should_check_its_arguments() =>
        Assert.Equal(
            "primes: --below is 1, but it takes at least 2",
            Assert.Throws<UserError>(() => ((IKind)new Primes()).Bind(new JsonObject { ["below"] = "1" }, "/")).Message
        );

    [Fact]
    public void Kind_of_the_readme_should_stand_there_as_it_is_tested()
    {
        var code = File.ReadAllText(Path.Combine(Folder(), "Primes.cs"));
        Assert.Contains(
            code[code.IndexOf("public sealed class", StringComparison.Ordinal)..].TrimEnd(),
            File.ReadAllText(Path.Combine(Folder(), "../../../README.md"))
        );
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
