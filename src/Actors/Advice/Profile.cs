namespace Mailroom.Advice;

/// <summary>What a job's pieces are like, measured by running some of them one after the other on a thread.</summary>
/// <param name="Pieces">how many the job has</param>
/// <param name="Seconds">wall time of a piece, on average</param>
/// <param name="CpuSeconds">processor time of a piece</param>
/// <param name="HeldSeconds">for which a piece holds its thread: until it awaits something for the first time, or to its end</param>
/// <param name="PauseSeconds">for which collections held all threads up, per piece</param>
/// <param name="Bytes">of a piece and its result, encoded</param>
public sealed record Profile(int Pieces, double Seconds, double CpuSeconds, double HeldSeconds, double PauseSeconds, double Bytes)
{
    /// <summary>The part of its time in which a piece waits, from 0 to 1.</summary>
    public double Waiting => Seconds <= 0 ? 0 : Math.Clamp(1 - (CpuSeconds / Seconds), 0, 1);

    /// <summary>Whether it waits without letting go of its thread, so that no other piece can use that. On a busy machine a piece that computes waits too, for a core; so only what waits most of its time is meant.</summary>
    public bool Blocks => Waiting > 0.7 && HeldSeconds - CpuSeconds > Seconds * 0.5;
}
