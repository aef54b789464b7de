namespace Mailroom.Client;

/// <summary>What a job's pieces are like, measured while some of them run on threads.</summary>
/// <param name="Pieces">how many the job has</param>
/// <param name="Seconds">wall time of a piece, on average</param>
/// <param name="CpuSeconds">processor time of a piece</param>
/// <param name="HeldSeconds">for which a piece holds its thread: until it awaits something for the first time, or to its end</param>
/// <param name="PauseSeconds">for which collections held all threads up: all pauses over all pieces</param>
/// <param name="Bytes">of a piece and its result, encoded</param>
/// <param name="FoldSeconds">to decode a result and add it to the answer, which one thread does for all</param>
/// <param name="SplitSeconds">until the pieces could be made, once for the job</param>
/// <param name="Workers">threads that ran at the same time when it was measured</param>
/// <param name="LockSeconds">for which a piece waits for locks that other threads of its process hold</param>
public sealed record Profile(
    int Pieces,
    double Seconds,
    double CpuSeconds,
    double HeldSeconds,
    double PauseSeconds,
    double Bytes,
    double FoldSeconds = 0,
    double SplitSeconds = 0,
    int Workers = 1,
    double LockSeconds = 0
)
{
    /// <summary>
    /// What a piece costs beyond an empty one, which itself is among a technique's overheads: so what measuring takes is not taken for
    /// the piece's own.
    /// </summary>
    public Profile Beyond(Profile empty) =>
        this with
        {
            Seconds = Math.Max(0, Seconds - empty.Seconds),
            CpuSeconds = Math.Max(0, CpuSeconds - empty.CpuSeconds),
            HeldSeconds = Math.Max(0, HeldSeconds - empty.HeldSeconds),
            FoldSeconds = Math.Max(0, FoldSeconds - empty.FoldSeconds),
        };

    /// <summary>The part of its time in which a piece waits, from 0 to 1.</summary>
    public double Waiting => Seconds <= 0 ? 0 : Math.Clamp(1 - (CpuSeconds / Seconds), 0, 1);

    /// <summary>The part of its time in which a piece waits for locks of its process, from 0 to 1.</summary>
    public double Contending => Seconds <= 0 ? 0 : Math.Clamp(LockSeconds / Seconds, 0, Waiting);

    /// <summary>Whether its threads hold each other up so much that it is worth a word: processes share no locks.</summary>
    public bool Contends => Contending > 0.1;

    /// <summary>
    /// Whether it waits without letting go of its thread, so that no other piece can use that. On a busy machine a piece that computes
    /// waits too, for a core; so only what waits most of its time is meant.
    /// </summary>
    public bool Blocks => Waiting > 0.7 && HeldSeconds - CpuSeconds > Seconds * 0.5;
}
