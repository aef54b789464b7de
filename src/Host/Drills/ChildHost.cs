using System.Diagnostics;
using Mailroom.Host.Control;
using Mailroom.Input;

namespace Mailroom.Host.Drills;

/// <summary>A real host in a process of its own.</summary>
internal sealed class ChildHost : IAsyncDisposable
{
    private readonly Process _process;
    private readonly RemoteMailroom _mailroom;

    private ChildHost(Process process, RemoteMailroom mailroom) => (_process, _mailroom) = (process, mailroom);

    public int Pid => _process.Id;

    public IMailroom Mailroom => _mailroom;

    /// <exception cref="UserError">it did not start; what it said</exception>
    public static async Task<ChildHost> StartAsync(string state, CancellationToken cancellation)
    {
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "mailroom.exe" : "mailroom");
        var process = Process.Start(new ProcessStartInfo(program, ["start", "--no-prompt", "--nodes", "1", "--state", state, "--set", "mailroom.remote.port=0"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var firstLine = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) => firstLine.TrySetResult(line.Data ?? "nothing");
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        try
        {
            var said = await firstLine.Task.WaitAsync(cancellation);
            return said.Contains("is ready", StringComparison.Ordinal) && await RemoteMailroom.FindAsync(StateFolder.At(state), cancellation) is { } mailroom
                ? new ChildHost(process, mailroom)
                : throw new UserError($"drill: the host could not be started, it said: {Visible.Text(said)}", ExitCode.JobFailed);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public async Task KillAsync(CancellationToken cancellation)
    {
        Signal.Kill(Pid);
        await _process.WaitForExitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _mailroom.Dispose();
        if (!_process.HasExited)
        {
            Signal.Terminate(Pid);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }
}
