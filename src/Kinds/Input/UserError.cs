namespace Mailroom.Input;

/// <summary>The exit codes that scripts may rely on.</summary>
public enum ExitCode
{
    Done = 0,
    JobFailed = 1,
    Usage = 2,
    NotFound = 3,
    Unreachable = 4,
    Refused = 5,
    Settings = 78,
    TimedOut = 124,
    Interrupted = 130,

    /// <summary>Whoever read the output has gone; 128 and SIGPIPE, as shells show it.</summary>
    NobodyReads = 141,
}

/// <summary>
/// Something the user can mend. Its message is the one line that he reads: what, where, what is allowed,
/// the nearest match, what to do next. Anything else that is thrown is a bug of ours.
/// </summary>
public sealed class UserError(string message, ExitCode exitCode = ExitCode.Usage, Exception? cause = null) : Exception(message, cause)
{
    public ExitCode ExitCode { get; } = exitCode;

    /// <summary>True when nothing was done, and the same may be done in a moment: the host was just about to stop.</summary>
    public bool IsPassing { get; init; }

    /// <summary>True when nobody is left to be told.</summary>
    public bool IsSilent { get; init; }
}
