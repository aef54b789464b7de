using System.Diagnostics;
using Mailroom.Files;
using Mailroom.Host.Control;
using Mailroom.Input;
using Mailroom.Nodes;

namespace Mailroom.Host.Launch;

/// <summary>A real host in a process of its own.</summary>
internal sealed class ChildHost : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _said = [];
    private readonly TaskCompletionSource<string> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RemoteMailroom? _mailroom;

    private ChildHost(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    public int Pid => _process.Id;

    public IMailroom Mailroom => _mailroom!;

    public bool HasExited => _process.HasExited;

    /// <exception cref="UserError">it did not start; what it said</exception>
    public static async Task<ChildHost> StartAsync(string state, string[] arguments, CancellationToken cancellation)
    {
        var start = OwnProgram.Start(
            OwnProgram.Host,
            ["start", "--no-prompt", "--state", state, "--set", "mailroom.remote.port=0", .. arguments]
        );
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        var host = new ChildHost(Process.Start(start)!);
        try
        {
            var said = await host._firstLine.Task.WaitAsync(cancellation);
            host._mailroom = said.Contains("is ready", StringComparison.Ordinal)
                ? await RemoteMailroom.FindAsync(StateFolder.At(state), cancellation)
                : null;
            return host._mailroom is not null
                ? host
                : throw new UserError($"the host for it could not be started, it said: {Visible.Text(said)}", ExitCode.JobFailed);
        }
        catch
        {
            host._process.Kill();
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for its end, and tells it in words.</summary>
    public async Task<string> EndAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        lock (_said)
            return new NodeExit(_process.ExitCode, string.Join('\n', _said.Skip(1))).Reason;
    }

    public async Task KillAsync(CancellationToken cancellation)
    {
        Signal.Kill(Pid);
        await _process.WaitForExitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _mailroom?.Dispose();
        if (!_process.HasExited)
        {
            Signal.Terminate(Pid);
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        _firstLine.TrySetResult(line ?? "nothing");
        lock (_said)
        {
            if (line is not null && _said.Count < 20)
                _said.Add(line);
        }
    }
}
