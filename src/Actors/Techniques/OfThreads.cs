using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Pools;
using Mailroom.Settings;

namespace Mailroom.Techniques;

/// <summary>Each piece whole on a dedicated thread of the host: nothing is copied, and a collection stops them all.</summary>
internal sealed record OfThreads() : Traits(Technique.Threads)
{
    public override double PieceSeconds => 0.8e-6;

    internal override Place In(MailroomSettings settings, bool resumes) =>
        new(settings.OfPool(By, batchesAhead: 1, Way.Here), settings.Threads.Workers, settings.OfHostWorker(width: 1));

    internal override double Work(Load load) =>
        (load.Count * load.Piece.PauseSeconds)
        + Math.Max(
            Math.Max(load.Chain * load.Seconds, load.Count / load.Workers * LockQueue.Cycle(load.Seconds, load.Serial, load.Workers)),
            load.OnAllCores(load.Cpu - load.Piece.PauseSeconds)
        );

    internal override string Otherwise(Profile profile, int workers) =>
        profile.Contends ? "without the lock that they wait for, pieces would share the cores"
        : profile.Waiting > 0.5
            ? $"pieces that await instead of blocking would let one thread hold them all; more workers than {workers} help as long as they "
                + "wait"
        : "pieces that may crash or leak, or that must be stopped at any moment, need processes; more cores help as long as there are "
            + "more pieces than workers";
}
