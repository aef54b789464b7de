namespace Mailroom.Advice;

/// <summary>One measured run of a job.</summary>
/// <param name="Seconds">wall time, from acceptance to the answer</param>
/// <param name="CpuSeconds">processor time of all processes that had a part in it</param>
/// <param name="WireBytes">messages between host and nodes, as the host sent and received them</param>
/// <param name="PeakBytes">the most memory that all these processes had at once, beyond what they had before the first run</param>
/// <param name="Answer">null where there is none</param>
/// <param name="Died">why the run did not come to its end</param>
/// <param name="Dead">pieces that gave no result, whoever runs them</param>
public sealed record Sample(
    double Seconds,
    double CpuSeconds,
    long WireBytes,
    long AllocatedBytes,
    int Collections,
    double PauseSeconds,
    long PeakBytes,
    string? Answer,
    string? Died,
    int Dead = 0
)
{
    /// <summary>A run that did not come to its end.</summary>
    public static Sample Ended(double seconds, string died) => new(seconds, 0, 0, 0, 0, 0, 0, null, died);
}
