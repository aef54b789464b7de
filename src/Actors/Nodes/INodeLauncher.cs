namespace Mailroom.Nodes;

/// <summary>Starts node processes; the host program knows how.</summary>
public interface INodeLauncher
{
    /// <exception cref="Input.UserError">the program can't be started</exception>
    INodeProcess Launch(string name);
}

/// <summary>A node process that this host started.</summary>
public interface INodeProcess
{
    int Pid { get; }

    /// <summary>Ends with the process.</summary>
    Task<NodeExit> Exited { get; }

    /// <summary>Asks the process to finish and end; it does so too when the host dies.</summary>
    void Release();

    /// <summary>Ends the process now (SIGKILL).</summary>
    void Kill();
}

/// <summary>How a process ended.</summary>
/// <param name="Code">its exit code; 128 + n after signal n, as shells count it</param>
/// <param name="LastWords">the end of what it wrote to stderr</param>
/// <param name="ForMemory">the system ended it because memory had run out</param>
public sealed record NodeExit(int Code, string LastWords, bool ForMemory = false)
{
    /// <summary>In words: <c>killed by signal 9 (SIGKILL)</c>, <c>exit 134 (SIGABRT): Stack overflow.</c></summary>
    public string Reason
    {
        get
        {
            // What .NET says first of some ends says nothing by itself: the message is in the next line.
            var lines = LastWords.Split('\n', 3);
            var first = (lines[0].Trim() == "Process terminated." && lines.Length > 1 ? lines[1] : lines[0]).Trim();
            var words = first.Length == 0 ? "" : ": " + Input.Visible.Text(first.Length > 200 ? first[..200] + "…" : first);
            return Code switch
            {
                0 => "exit 0, though nobody had told it to end" + words,
                _ when ForMemory => "killed by the system, because memory had run out" + words,
                134 => "exit 134 (SIGABRT: the runtime ended the process)" + words,
                > 128 and < 160 => $"killed by signal {Code - 128}{Name(Code - 128)}" + words,
                _ => $"exit {Code}" + words,
            };
        }
    }

    private static string Name(int signal) =>
        signal switch
        {
            1 => " (SIGHUP)",
            2 => " (SIGINT)",
            9 => " (SIGKILL)",
            11 => " (SIGSEGV)",
            15 => " (SIGTERM)",
            _ => "",
        };
}
