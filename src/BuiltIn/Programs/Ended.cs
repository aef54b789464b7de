namespace Mailroom.BuiltIn.Programs;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">as shells count it: 128 + n after signal n</param>
/// <param name="Signal">the signal that ended it, or 0</param>
/// <param name="IsCut">it wrote more than was kept</param>
/// <param name="Problem">why it was ended, where that was its output: it was too much, or the disk takes no more</param>
/// <param name="CpuSeconds">processor time of it, and of what it started and waited for</param>
internal sealed record Ended(
    int ExitCode,
    int Signal,
    byte[] Out,
    byte[] Error,
    bool IsCut,
    string? Problem,
    double Seconds,
    double CpuSeconds
)
{
    public static Ended Of(int exitCode, int signal, Capture output, Capture error, TimeSpan time, double cpuSeconds)
    {
        var (isCut, problem) = (output.IsCut || error.IsCut, output.Problem ?? error.Problem);
        return new Ended(exitCode, signal, output.Take(), error.Take(), isCut, problem, time.TotalSeconds, cpuSeconds);
    }
}
