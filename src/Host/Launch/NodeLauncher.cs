using System.Diagnostics;
using System.Net;
using Mailroom.Door;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Nodes;

namespace Mailroom.Host.Launch;

/// <summary>
/// Starts <c>mailroom-node</c>, which lies beside the host's own program, and holds its stdin: by it the node gets its
/// certificate and key, and it ends when the host does.
/// </summary>
internal sealed class NodeLauncher(
    IPEndPoint host,
    HostAuthority? authority,
    StateFolder state,
    IReadOnlyList<string> hocon,
    IReadOnlyList<string> sets,
    IReadOnlyList<string> kinds
) : INodeLauncher
{
    public INodeProcess Launch(string name)
    {
        string[] arguments =
        [
            "--child",
            "--host",
            host.ToString(),
            "--name",
            name,
            "--state",
            state.Path,
            .. hocon.SelectMany(file => new[] { "--hocon", Disk.Full(file) }),
            .. kinds.SelectMany(file => new[] { "--kinds", file }),
            .. sets.SelectMany(pair => new[] { "--set", pair }),
        ];
        var start = OwnProgram.Start(OwnProgram.Node, arguments);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        try
        {
            var process = Process.Start(start)!;
            Give(process, authority?.Value.Sign(Role.Node, name, TimeProvider.System.GetUtcNow()).ToPem() + "\n\n");
            return new NodeProcess(process);
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or IOException)
        {
            throw new UserError($"{start.FileName}: {error.Message}", ExitCode.Refused, error);
        }
    }

    private static void Give(Process process, string identity)
    {
        try
        {
            process.StandardInput.Write(identity);
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    private sealed class NodeProcess : INodeProcess
    {
        private const int KeptLines = 20;

        private readonly Process _process;
        private readonly StreamWriter _input;
        private readonly Queue<string> _words = new();
        private readonly OutOfMemory _memory = new();

        public NodeProcess(Process process)
        {
            (_process, _input) = (process, process.StandardInput);
            Pid = process.Id;
            process.ErrorDataReceived += (_, line) => Keep(line.Data);
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            Exited = WaitAsync();
        }

        public int Pid { get; }

        public Task<NodeExit> Exited { get; }

        public void Release()
        {
            try
            {
                _input.Close();
            }
            catch (IOException)
            {
                // it ended by itself in this very moment, which Exited tells
            }
        }

        public void Kill()
        {
            try
            {
                _process.Kill();
            }
            catch (InvalidOperationException)
            {
                // likewise
            }
        }

        // Its pipes are given back at once: a host may start nodes for months.
        private async Task<NodeExit> WaitAsync()
        {
            using var process = _process;
            using var memory = _memory;
            await process.WaitForExitAsync().ConfigureAwait(false);
            Release(); // .NET would leave it to the collector
            lock (_words)
                return new NodeExit(process.ExitCode, string.Join('\n', _words), memory.Ended(process.ExitCode));
        }

        private void Keep(string? line)
        {
            if (line is null)
                return;
            lock (_words)
            {
                if (_words.Count < KeptLines)
                    _words.Enqueue(line); // the first lines of a crash say what it was
            }
        }
    }
}
