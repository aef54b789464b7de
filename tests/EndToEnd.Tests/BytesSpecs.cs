using System.Diagnostics;
using System.Text;

namespace Mailroom.EndToEnd;

/// <summary>Bytes that are no text go through the console unharmed; bash makes them, because .NET can't say them.</summary>
public sealed class BytesSpecs : EndToEndSpec
{
    /// <summary>Runs a script of bash, in which <c>m</c> is mailroom; its stdout as bytes.</summary>
    private async Task<(int ExitCode, byte[] Out, string Error)> BashAsync(string script)
    {
        var start = new ProcessStartInfo(
            "bash",
            ["-c", $"m() {{ '{Path.Combine(AppContext.BaseDirectory, "mailroom")}' --state '{State}' \"$@\"; }}\nset -o pipefail\n{script}"]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        using var bash = Process.Start(start)!;
        using var bytes = new MemoryStream();
        var error = bash.StandardError.ReadToEndAsync();
        await bash.StandardOutput.BaseStream.CopyToAsync(bytes);
        await bash.WaitForExitAsync();
        return (bash.ExitCode, bytes.ToArray(), await error);
    }

    private async Task<string> OutAsync(string script)
    {
        var (code, bytes, error) = await BashAsync(script);
        Assert.True(code == 0, $"exit {code}: {error}");
        return Encoding.Latin1.GetString(bytes);
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    [InlineData("async")]
    public async Task Command_should_hand_on_inputs_variables_and_outputs_as_they_are(string by)
    {
        Assert.Equal("caf\u00E9|a\rb|", await OutAsync($"printf 'caf\\351\\na\\rb\\n' | m send command --by {by} -- printf '%s|'"));
        Assert.Equal("a\u00E9b", await OutAsync($"export X=$'a\\351b'; echo x | m send command --by {by} -- sh -c 'printf %s \"$X\"'"));
        Assert.Equal("\u00FF\u0000\u0080\n\n\n", await OutAsync($"echo x | m send command --by {by} -- printf '\\377\\000\\200\\n\\n\\n'"));
    }

    [Theory]
    [InlineData("threads")]
    [InlineData("processes")]
    public async Task Command_should_keep_a_big_output_whole(string by)
    {
        var (code, bytes, error) = await BashAsync(
            $"seq 2 | m send command --by {by} -- sh -c 'seq 300000 | gzip -c'; m jobs wait 1 | gzip -dc | tail -1; m send command "
                + $"--by {by} --out big -- seq ::: 200000; tail -1 big"
        );
        Assert.True(code == 0, error);
        using var unpacked = new MemoryStream();
        var text = Encoding.Latin1.GetString(bytes);
        Assert.EndsWith("300000\n200000\n", text);
    }

    [Fact]
    public async Task Command_should_fail_a_run_that_writes_more_than_is_kept_or_cut_it_and_say_so()
    {
        var (code, _, error) = await BashAsync("echo x | m send command --keep 10 -- yes");
        Assert.Equal(1, code);
        Assert.Contains("it wrote more than 10 bytes to stdout (--keep), and was ended; --keep-cut keeps the beginning", error);
        var (cut, bytes, said) = await BashAsync("m send command --keep 10 --keep-cut -- seq ::: 100");
        Assert.Equal((0, "1\n2\n3\n4\n5\n"), (cut, Encoding.Latin1.GetString(bytes)));
        Assert.Contains("input 1: its output was cut after 10 bytes (--keep)", said);
    }

    [Fact]
    public async Task Names_that_are_no_text_should_be_walked_hashed_counted_and_shown()
    {
        const string make = "d=$(printf 'd\\351'); mkdir -p \"$d\"; cd \"$d\"; printf 'one two\\n' > $(printf 'f\\377'); ";
        var sums = await OutAsync(make + "m send checksum . | tee ../sums; sha256sum -c ../sums >/dev/null");
        Assert.Matches("^[0-9a-f]{64}  ./f\u00FF\n$", sums);
        Assert.Contains("1 one", await OutAsync(make + "m send words $(printf 'f\\377')"));
        Assert.Contains("\"name\":\"./f\\\\xFF\"", await OutAsync(make + "m send checksum . --json"));
        var (code, _, error) = await BashAsync(make + "m send checksum $(printf 'g\\377')");
        Assert.Equal(2, code);
        Assert.Contains("there is no file or folder 'g\\xFF' in ", error);
        await BashAsync("rm -r d*"); // .NET could not
    }

    [Theory]
    [InlineData("m send command --inputs <(printf 'a\\nb\\n') -- echo", "a\nb\n")]
    [InlineData("mkfifo f; printf 'a\\n' > f & m send command --inputs f -- echo", "a\n")]
    [InlineData("printf 'a\\0b\\0' | m send command -0 -- echo", "a\nb\n")]
    [InlineData("printf 'a,b;c,d' | m send command --delimiter ';' --colsep , -- echo {2} {1}", "b a\nd c\n")]
    [InlineData("seq 5 | m send command -N 2 -- echo {1}-{2}", "1-2\n3-4\n5-\n")]
    [InlineData("m send command -- echo {1}{2} ::: a b ::: 1 2", "a1\na2\nb1\nb2\n")]
    [InlineData("printf 'x\\ny\\n' > l; m send command -- echo :::: l", "x\ny\n")]
    [InlineData("m send command --tag -- seq ::: 2", "2\t1\n2\t2\n")]
    [InlineData("m send command --dry-run -- echo {} ::: \"it's\" ';rm'", "echo 'it'\\''s'\necho ';rm'\n")]
    [InlineData("m send command -j 1 --results r -- echo ::: a/b >/dev/null; cat r/1/a\\\\_b/stdout", "a/b\n")]
    [InlineData("m send command -j 2 --delay 50ms -- echo {%} ::: a b c d | sort -u | wc -l | tr -d ' '", "2\n")]
    public async Task Command_should_take_inputs_as_gnu_parallel_does(string script, string output) =>
        Assert.Equal(output, await OutAsync(script));

    [Theory]
    [InlineData("m send command -k -- echo ::: a", "outputs always come in the order of the inputs")]
    [InlineData("m send command --pipe -- wc ::: a", "programs have no stdin here")]
    [InlineData("m send command -- echo {..} ::: a", "{..} of GNU parallel is not here")]
    [InlineData("m send command -- echo :::+ a", ":::+ of GNU parallel is not here")]
    [InlineData("m send command --delimiter ab -- echo ::: a", "it takes one byte")]
    [InlineData("m send command --inputs '' -- echo", "--inputs is empty")]
    [InlineData("m send checksum ''", "a PATH is empty")]
    [InlineData("m send mandelbrot --out ''", "--out is empty")]
    [InlineData("m send fetch http://127.0.0.1:1 --out ''", "--out is empty")]
    [InlineData("m jobs --hocon ''", "--hocon is empty")]
    public async Task What_is_not_to_be_had_should_be_refused_with_what_to_use(string script, string said)
    {
        var (code, bytes, error) = await BashAsync(script);
        Assert.NotEqual(0, code);
        Assert.Empty(bytes);
        Assert.Contains(said, error);
    }

    [Fact]
    public async Task Joblog_should_be_quoted_for_a_shell()
    {
        Assert.Equal(
            "",
            await OutAsync(
                """
                printf '%s\n' 'a b' ';touch OWNED' '$(touch OWNED)' "q'uote" > in
                m send command --inputs in --joblog log -- printf '%s\n' > out
                tail -n +2 log | cut -f9- | sh > again
                cmp in out && cmp in again; [ ! -e OWNED ]
                """
            )
        );
    }

    [Fact]
    public async Task Programs_should_end_with_a_host_that_is_killed()
    {
        var pid = Path.Combine(Folder, "pid");
        await using var send = MailroomProcess.Start(
            "send",
            "command",
            "--by",
            "threads",
            "--state",
            State,
            "--",
            "sh",
            "-c",
            $"sleep 1; echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 1000; true",
            ":::",
            "x"
        );
        while (!File.Exists(pid))
            await Task.Yield();
        MailroomProcess.Signal(send.Pid, "KILL");
        while (Directory.Exists($"/proc/{(await File.ReadAllTextAsync(pid)).Trim()}"))
            await Task.Yield();
    }

    [Fact]
    public async Task Logs_that_nobody_reads_any_more_should_end()
    {
        var (host, _) = StartHost("--nodes", "1");
        await using var _host = host;
        Assert.NotEqual(
            "",
            await OutAsync(
                "set +o pipefail; (while :; do m send practice --count 1 --by threads >/dev/null || break; done) & w=$!; m logs -f | "
                    + "head -1; kill $w; wait $w 2>/dev/null; true"
            )
        );
    }
}
