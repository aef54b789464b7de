using System.Diagnostics;

namespace Mailroom.EndToEnd;

/// <summary>The scripts of <c>mailroom completion</c>, each in its shell.</summary>
public sealed class CompletionSpecs : EndToEndSpec
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mailroom");

    // What is typed, and what is offered then: all of it, sorted.
    private static readonly (string Typed, string Offered)[] Lines =
    [
        ("mailroom jo", "jobs"),
        ("mailroom jobs ", "cancel clean export pause replay resume retry rm show wait"),
        ("mailroom --state /tmp jobs --json sh", "show"),
        ("mailroom send --by ", "async auto processes threads"),
        ("mailroom send --by th", "threads"),
        ("mailroom send integrate --rul", "--rule"),
        ("mailroom send integrate --rule ", "left midpoint simpson trapezoid"),
        ("mailroom send integrate --color ", "always auto never"),
        ("mailroom logs --level w", "warning"),
        ("mailroom lesson check seed-", "seed-philosophers seed-race seed-wake-up"),
        ("mailroom send practice --count ", ""),
        ("mailroom completion f", "fish"),
    ];

    [Fact]
    public async Task Bash_should_offer_the_words_that_may_come_next()
    {
        const string ask =
            "source <(\"$1\" completion bash); shift; for line; do COMP_WORDS=($line); [[ $line == *' ' ]] && COMP_WORDS+=(''); "
            + "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _mailroom; "
            + "echo \"$line> $(printf '%s\\n' \"${COMPREPLY[@]}\" | sort | xargs)\"; done";
        Assert.Equal(Expected, await SaidAsync("bash", ["-c", ask, "bash", Program, .. Typed]));
    }

    [InstalledFact("fish")]
    public async Task Fish_should_offer_the_words_that_may_come_next()
    {
        const string ask =
            "$argv[1] completion fish | source; for line in $argv[2..-1]; "
            + "set found (complete -C $line | string replace -r '\\t.*' '' | sort); echo \"$line> $found\"; end";
        Assert.Equal(Expected, await SaidAsync("fish", ["--no-config", "-c", ask, Program, .. Typed]));
    }

    [InstalledFact("zsh")]
    public async Task Zsh_should_offer_the_words_that_may_come_next()
    {
        // Its completion runs only where somebody types; here it is called with what it would be given, and says what it would show.
        const string ask =
            "program=$1; shift; compdef() { }; source <($program completion zsh); "
            + "_describe() { offered+=(${items%%:*}) }; _files() { }; "
            + "for line; do words=(${(z)line}); [[ $line == *' ' ]] && words+=(''); CURRENT=$#words; PREFIX=$words[-1]; offered=(); "
            + "_mailroom; offered=(${(oM)offered:#${words[-1]}*}); echo \"$line> $offered\"; done";
        Assert.Equal(Expected, await SaidAsync("zsh", ["-f", "-c", ask, "zsh", Program, .. Typed]));
    }

    [InstalledFact("pwsh")]
    public async Task PowerShell_should_offer_the_words_that_may_come_next()
    {
        const string ask =
            "& $args[0] completion pwsh | Out-String | Invoke-Expression; $args | Select-Object -Skip 1 | ForEach-Object { "
            + "$found = @((TabExpansion2 -inputScript $_ -cursorColumn $_.Length).CompletionMatches | "
            + "Where-Object ResultType -eq ParameterValue | ForEach-Object CompletionText | Sort-Object); \"$_> $($found -join ' ')\" }";
        var script = Path.Combine(State, "ask.ps1");
        Directory.CreateDirectory(State);
        await File.WriteAllTextAsync(script, ask);
        Assert.Equal(Expected, await SaidAsync("pwsh", ["-NoProfile", "-File", script, Program, .. Typed]));
    }

    [Fact]
    public async Task Names_of_jobs_and_nodes_should_be_asked_of_the_host_that_runs_and_be_none_without_one()
    {
        Assert.Equal((0, ""), await WordsAsync("jobs"));
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        await Mailroom("send", "practice", "--count", "1", "--by", "threads");
        await Mailroom("send", "practice", "--count", "1", "--by", "threads");
        Assert.Equal((0, "2\n1"), await WordsAsync("jobs"));
        Assert.Equal((0, "node-1"), await WordsAsync("nodes"));
        Assert.Equal((0, "node-1\nhost"), await WordsAsync("processes"));
        Assert.Contains("worker-1", (await WordsAsync("actors")).Out.Split('\n'));
        Assert.Equal(2, (await WordsAsync("moons")).ExitCode);
    }

    private async Task<(int ExitCode, string Out)> WordsAsync(string what)
    {
        var run = await Mailroom("completion", "words", what);
        return (run.ExitCode, run.Out);
    }

    private static IEnumerable<string> Typed => Lines.Select(line => line.Typed);

    private static string Expected => string.Join('\n', Lines.Select(line => $"{line.Typed}> {line.Offered}".TrimEnd()));

    private static async Task<string> SaidAsync(string shell, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(shell, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal("", await error);
        return string.Join('\n', said.Split('\n').Select(line => line.TrimEnd())).TrimEnd();
    }
}
