using System.ComponentModel;
using Mailroom.BuiltIn.Programs;

namespace Mailroom.Kinds.Programs;

/// <summary>Programs on systems other than Linux; .NET's own means that they take are here too.</summary>
public class PortableChildSpecs
{
    private static readonly Kept All = new(1024 * 1024, Cuts: false);

    private static Task<Ended> RunAsync(Kept kept, CancellationToken cancellation, params string[] command) =>
        PortableChild.RunAsync(PortableChild.Start(command, Path.GetTempPath()), kept, cancellation);

    [Fact]
    public async Task A_program_should_give_its_bytes_and_its_exit_code()
    {
        var ended = await RunAsync(All, CancellationToken.None, "sh", "-c", "printf '\\377a\\n\\n'; echo no >&2; exit 3");
        Assert.Equal(
            (3, "FF610A0A", "6E6F0A", null),
            (ended.ExitCode, Convert.ToHexString(ended.Out), Convert.ToHexString(ended.Error), ended.Problem)
        );
    }

    [Fact]
    public async Task A_cancelled_program_should_end_with_what_it_started()
    {
        using var cancel = new CancellationTokenSource();
        var folder = Directory.CreateTempSubdirectory("mailroom-portable").FullName;
        var pid = Path.Combine(folder, "pid");
        var run = RunAsync(All, cancel.Token, "sh", "-c", $"sh -c 'echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 1000; true'; true");
        while (!File.Exists(pid))
            await Task.Yield();
        await cancel.CancelAsync();
        Assert.NotEqual(0, (await run).ExitCode);
        while (IsRunning((await File.ReadAllTextAsync(pid)).Trim()))
            await Task.Yield();
        Directory.Delete(folder, recursive: true);
    }

    // One that has ended may stay for whoever does not ask how.
    private static bool IsRunning(string pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/status").Contains("State:\tZ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    [Fact]
    public async Task A_program_that_writes_too_much_should_be_ended_or_cut()
    {
        Assert.Contains("more than 10 bytes to stdout", (await RunAsync(new Kept(10, Cuts: false), CancellationToken.None, "yes")).Problem);
        var cut = await RunAsync(new Kept(10, Cuts: true), CancellationToken.None, "seq", "100");
        Assert.Equal((0, 10, true), (cut.ExitCode, cut.Out.Length, cut.IsCut));
    }

    [Fact]
    public async Task What_a_program_left_running_should_not_hold_up_its_end()
    {
        var ended = await RunAsync(All, CancellationToken.None, "sh", "-c", "sleep 30 & echo $!");
        Assert.Equal(0, ended.ExitCode);
        using var left = System.Diagnostics.Process.GetProcessById(
            int.Parse(System.Text.Encoding.ASCII.GetString(ended.Out), System.Globalization.CultureInfo.InvariantCulture)
        );
        left.Kill();
    }

    [Fact]
    public void A_program_that_is_not_there_should_say_so() =>
        Assert.Throws<Win32Exception>(() => PortableChild.Start(["no-such-program"], Path.GetTempPath()));
}
