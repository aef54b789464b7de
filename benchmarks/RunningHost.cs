using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Mailroom.Benchmarks;

/// <summary>A real host process with a state folder of its own, and the real commands that talk to it.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly string _state;
    private readonly Process _process;

    private RunningHost(string state, Process process, string address) => (_state, _process, Address) = (state, process, address);

    /// <summary>Where nodes join.</summary>
    public string Address { get; }

    public int Pid => _process.Id;

    public string State => _state;

    /// <summary>Its working set in bytes.</summary>
    public long Memory()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Processor time that it has used.</summary>
    public double CpuSeconds()
    {
        _process.Refresh();
        return _process.TotalProcessorTime.TotalSeconds;
    }

    public static Task<RunningHost> StartAsync(params string[] arguments) =>
        StartOnAsync(Directory.CreateTempSubdirectory("mailroom-bench").FullName, arguments);

    /// <summary>Starts a host on the state folder that another one has left.</summary>
    public static async Task<RunningHost> StartOnAsync(string state, params string[] arguments)
    {
        var process = Process.Start(Command(["start", "--no-prompt", "--state", state, "--set", "mailroom.remote.port=0", .. arguments]))!;
        var ready = new TaskCompletionSource<string>();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                ready.TrySetException(new InvalidOperationException("the host did not start"));
            else if (line.Data.Contains("is ready", StringComparison.Ordinal))
                ready.TrySetResult(line.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new RunningHost(state, process, (await ready.Task).Split("nodes join at ")[1].Split(',')[0]);
    }

    /// <summary>Waits until so many nodes are up.</summary>
    public async Task NodesAsync(int count)
    {
        while ((await RunAsync("nodes", "--json")).AsArray().Count(node => (string)node!["state"]! == "up") < count) { }
    }

    public Task<JsonNode> SendAsync(params string[] arguments) => RunAsync(["send", .. arguments, "--json"]);

    public async Task<JsonNode> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(Command([.. arguments, "--state", _state]))!;
        process.BeginErrorReadLine();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return JsonNode.Parse(output)!;
    }

    /// <summary>Ends it with SIGKILL and leaves its state folder to another one.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public static ProcessStartInfo Command(IEnumerable<string> arguments) =>
        new(Path.Combine(AppContext.BaseDirectory, "mailroom"), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_state, recursive: true);
    }
}
