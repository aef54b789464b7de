using Mailroom.Kinds;

namespace Mailroom.Advice;

/// <summary>What Mailroom itself adds to a piece, in seconds of wall time.</summary>
/// <param name="Threads">per piece</param>
/// <param name="Processes">per piece, both processes together</param>
/// <param name="Async">per piece</param>
/// <param name="Sent">per byte of a piece and its result, on the way between processes</param>
/// <param name="Recorded">per byte of a result, in the journal, which is one for all</param>
/// <param name="Job">once per job</param>
public sealed record Overheads(double Threads, double Processes, double Async, double Sent, double Recorded, double Job)
{
    /// <summary>
    /// As measured on two cores with empty pieces and with results of 1 to 20 MB (docs/benchmarks.md); <c>compare</c> measures its own.
    /// </summary>
    public static Overheads Usual { get; } = new(0.8e-6, 2e-6, 0.8e-6, 3.5e-9, 1.5e-9, 2e-3);

    public double Of(Technique technique) =>
        technique switch
        {
            Technique.Threads => Threads,
            Technique.Processes => Processes,
            _ => Async,
        };
}
