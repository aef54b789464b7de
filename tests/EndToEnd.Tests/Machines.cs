using System.Diagnostics;

namespace Mailroom.EndToEnd;

/// <summary>
/// Two machines and a wire between them: network namespaces of Linux, which need root and iproute2. The host's has two addresses to choose
/// from.
/// </summary>
internal sealed class Machines : IDisposable
{
    public const string HostAddress = "10.77.0.1";
    public const string OtherAddress = "10.77.0.3";

    private const string FarAddress = "10.77.0.2";
    private const string Device = "wire";

    private static int _made;

    private readonly string _host;
    private readonly string _far;

    public Machines()
    {
        var number = $"{Environment.ProcessId}-{Interlocked.Increment(ref _made)}";
        (_host, _far) = ($"mailroom-h{number}", $"mailroom-f{number}");
        Do("netns", "add", _host);
        Do("netns", "add", _far);
        Do("link", "add", Device, "netns", _host, "type", "veth", "peer", "name", Device, "netns", _far);
        Do("-n", _host, "addr", "add", $"{HostAddress}/24", "dev", Device);
        Do("-n", _far, "addr", "add", $"{FarAddress}/24", "dev", Device);
        foreach (var space in new[] { _host, _far })
        {
            Do("-n", space, "link", "set", "dev", "lo", "up");
            Do("-n", space, "link", "set", "dev", Device, "up");
        }
    }

    /// <summary>Why there can be none, or null.</summary>
    public static string? Missing
    {
        get
        {
            var name = $"mailroom-try{Environment.ProcessId}";
            if (!OperatingSystem.IsLinux() || Run("netns", "add", name) != 0)
                return "network namespaces can't be made here (Linux, root and iproute2)";
            Run("netns", "del", name);
            return null;
        }
    }

    /// <summary>Words before a command that is to run on the host's machine.</summary>
    public string[] OnHost => ["ip", "netns", "exec", _host];

    /// <summary>The same of the other one.</summary>
    public string[] OnFar => ["ip", "netns", "exec", _far];

    /// <summary>Pulls the wire out: neither side is told.</summary>
    public void Cut() => Do("-n", _host, "link", "set", "dev", Device, "down");

    public void Mend() => Do("-n", _host, "link", "set", "dev", Device, "up");

    /// <summary>The host's machine has another address from now on.</summary>
    public void Move()
    {
        Do("-n", _host, "addr", "del", $"{HostAddress}/24", "dev", Device);
        Do("-n", _host, "addr", "add", $"{OtherAddress}/24", "dev", Device);
    }

    public void Dispose()
    {
        Run("netns", "del", _host);
        Run("netns", "del", _far);
    }

    private static void Do(params string[] words)
    {
        if (Run(words) != 0)
            throw new InvalidOperationException($"'ip {string.Join(' ', words)}' failed");
    }

    private static int Run(params string[] words)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("ip", words) { RedirectStandardError = true, RedirectStandardOutput = true }
            )!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1; // there is no such program
        }
    }
}

/// <summary>A spec that needs two machines.</summary>
public sealed class MachinesFactAttribute : FactAttribute
{
    public MachinesFactAttribute() => Skip = Machines.Missing;
}
