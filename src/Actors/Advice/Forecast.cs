using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Techniques;

namespace Mailroom.Advice;

/// <summary>Estimates how long a job takes by each technique, from what its pieces are like.</summary>
/// <remarks>
/// Work that many share takes no less than its longest chain: by W workers ceil(N / W) pieces one after the other (Amdahl's law with
/// pieces as the unit); no less than all processor time over the cores that there are; and no less than what one alone must do, which is
/// to record the results and add them to the answer. What is peculiar to a technique its <see cref="Traits"/> know.
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
        var (piece, traits) = (Profile, Traits.Of(technique));
        var eased = piece.CpuSeconds * (1 - (Crowd(traits.Computing(workers)) / Crowd(piece.Workers)));
        // Without the pauses, each of which every worker had to wait for.
        var pauses = piece.PauseSeconds * piece.Workers;
        var seconds = Math.Max(0, piece.Seconds - eased - pauses);
        var held = Math.Max(0, Math.Min(seconds, piece.HeldSeconds - eased - pauses));
        // Alone it would wait for no lock.
        var locked = piece.Contends ? Math.Min(piece.LockSeconds, held) : 0;
        var serial = piece.Contends ? LockQueue.Held(seconds - locked, locked, piece.Workers) : 0;
        var alone = piece.FoldSeconds + (piece.Bytes * Overheads.Recorded);
        var load = new Load(
            piece,
            seconds - locked,
            held - locked,
            piece.CpuSeconds - eased,
            alone,
            workers,
            InFlight,
            Overheads.Sent,
            Cores,
            serial
        );
        return piece.SplitSeconds
            + Overheads.Job
            + (piece.Pieces * Overheads.Piece[technique])
            + Math.Max(traits.Work(load), piece.Pieces * alone);
    }

    /// <summary>How many times as long a piece computes while so many do, as against alone.</summary>
    private double Crowd(int busy) => Cores == 1 ? 1 : 1 + ((Crowding - 1) * (Math.Min(busy, Cores) - 1) / (Cores - 1));
}
