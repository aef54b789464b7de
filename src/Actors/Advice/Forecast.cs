using Mailroom.Kinds;
using Mailroom.Model;

namespace Mailroom.Advice;

/// <summary>Estimates how long a job takes by each technique, from what its pieces are like.</summary>
/// <remarks>
/// Work that many share takes no less than its longest chain: by W workers ceil(N / W) pieces one after the other (Amdahl's law with pieces
/// as
/// the unit); no less than all processor time over the cores that there are; and no less than what one alone must do, which is to record
/// the
/// results and add them to the answer. Collections stop all threads of a process, so their pauses are not shared among threads, but among
/// processes they are.
/// On an event loop the pieces hold the one thread in turn and wait together, as many as may be in flight (Little's law).
/// </remarks>
/// <param name="Cores">of the machine</param>
/// <param name="InFlight">pieces that an event loop holds at once</param>
/// <param name="Crowding">how many times as long a piece computes while all cores do, as against alone: they share caches, memory and often
/// more. At least 1</param>
public sealed record Forecast(Profile Profile, Overheads Overheads, int Cores, int InFlight, double Crowding = 1)
{
    /// <param name="workers">threads or processes; async has one thread whatever is given</param>
    /// <returns>seconds, without the start of host and nodes</returns>
    public double Seconds(Technique technique, int workers)
    {
        var (n, piece) = (Profile.Pieces, Profile);
        var busy = technique == Technique.Async ? 1 : workers;
        var eased = piece.CpuSeconds * (1 - (Crowd(busy) / Crowd(piece.Workers)));
        var cpu = piece.CpuSeconds - eased;
        // Without the pauses, each of which every worker had to wait for.
        var seconds = Math.Max(0, piece.Seconds - eased - (piece.PauseSeconds * piece.Workers));
        var held = Math.Max(0, Math.Min(seconds, piece.HeldSeconds - eased - (piece.PauseSeconds * piece.Workers)));
        var alone = piece.FoldSeconds + (piece.Bytes * Overheads.Recorded);
        var chain = Math.Ceiling((double)n / workers);
        var work = technique switch
        {
            Technique.Threads => (n * piece.PauseSeconds) + Math.Max(chain * seconds, OnAllCores(cpu - piece.PauseSeconds)),
            Technique.Processes => Math.Max(chain * (seconds + piece.PauseSeconds), OnAllCores(cpu)) + (n * piece.Bytes * Overheads.Sent),
            _ => (n * piece.PauseSeconds)
                + Math.Max(
                    (n * held) + seconds - held,
                    Math.Max(Math.Ceiling((double)n / InFlight) * seconds, OnAllCores(cpu - piece.PauseSeconds))
                ),
        };
        return piece.SplitSeconds + Overheads.Job + (n * Overheads.Of(technique)) + Math.Max(work, n * alone);

        double OnAllCores(double cpuSeconds) => n * (Math.Max(0, cpuSeconds) + alone) / Cores;
    }

    /// <summary>How many times as long a piece computes while so many do, as against alone.</summary>
    private double Crowd(int busy) => Cores == 1 ? 1 : 1 + ((Crowding - 1) * (Math.Min(busy, Cores) - 1) / (Cores - 1));
}
