using Mailroom.Kinds;

namespace Mailroom.Advice;

/// <summary>Reckons how long a job takes by each technique, from what its pieces are like.</summary>
/// <remarks>
/// Work that many share takes no less than its longest chain: by W workers ceil(N / W) pieces one after the other (Amdahl's law with pieces as
/// the unit), and no less than all processor time over the cores that there are. Collections stop all threads of a process, so their pauses are
/// not shared among threads, but among processes they are. On an event loop the pieces hold the one thread in turn and wait together, as many as
/// may be in flight (Little's law).
/// </remarks>
public sealed record Forecast(Profile Profile, Overheads Overheads, int Cores, int InFlight)
{
    /// <param name="workers">threads or processes; async has one thread whatever is given</param>
    /// <returns>seconds, without the start of host and nodes</returns>
    public double Seconds(Technique technique, int workers)
    {
        var (n, piece) = (Profile.Pieces, Profile);
        var cores = Math.Min(workers, Cores);
        var chain = Math.Ceiling((double)n / workers) * piece.Seconds;
        return (n * Overheads.Of(technique)) + technique switch
        {
            Technique.Threads => Math.Max(chain, n * (((piece.CpuSeconds - piece.PauseSeconds) / cores) + piece.PauseSeconds)),
            Technique.Processes => Math.Max(chain, n * piece.CpuSeconds / cores) + (n * piece.Bytes * Overheads.PerByte),
            _ => Math.Max((n * Math.Max(piece.HeldSeconds, piece.CpuSeconds)) + Math.Max(0, piece.Seconds - piece.HeldSeconds), Math.Ceiling((double)n / InFlight) * piece.Seconds),
        };
    }
}
