using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mailroom.Benchmarks;

/// <summary>A host with its prompt, spoken to line by line: no other process of ours runs beside it and its nodes.</summary>
internal sealed class PromptProcess : IAsyncDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("mailroom-bench").FullName;
    private readonly Process _process;

    public PromptProcess(params string[] arguments)
    {
        _process = Process.Start(RunningHost.Command(["start", "--state", _state, "--set", "mailroom.remote.port=0", .. arguments]))!;
        _process.BeginErrorReadLine();
    }

    /// <summary>Types a line and reads the one line of JSON that it answers with.</summary>
    public async Task<JsonNode> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line.Contains("--json", StringComparison.Ordinal) ? line : line + " --json");
        return JsonNode.Parse(
            await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"the host ended at '{line}'")
        )!;
    }

    /// <summary>Waits until so many nodes are up.</summary>
    public async Task NodesAsync(int count)
    {
        while ((await AskAsync("nodes")).AsArray().Count(node => (string)node!["state"]! == "up") < count)
            await Task.Delay(250);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.StandardInput.WriteLineAsync("exit");
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_state, recursive: true);
    }
}
