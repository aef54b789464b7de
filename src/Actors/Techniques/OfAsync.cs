using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Pools;
using Mailroom.Settings;

namespace Mailroom.Techniques;

/// <summary>
/// Many pieces in flight on one thread of the host: they hold it in turn and wait together, as many as may be in flight (Little's law).
/// </summary>
internal sealed record OfAsync() : Traits(Technique.Async)
{
    public override double PieceSeconds => 0.8e-6;

    public override int Computing(int workers) => 1;

    internal override Place In(MailroomSettings settings, bool resumes) =>
        new(
            settings.OfPool(By, batchesAhead: 1, Way.Here),
            settings.Async.Workers,
            settings.OfHostWorker(settings.Async.InFlight),
            settings.Async.InFlight
        );

    internal override double Work(Load load) =>
        (load.Count * load.Piece.PauseSeconds)
        + Math.Max(
            (load.Count * load.Held) + load.Seconds - load.Held,
            Math.Max(Math.Ceiling(load.Count / load.InFlight) * load.Seconds, load.OnAllCores(load.Cpu - load.Piece.PauseSeconds))
        );

    internal override string Otherwise(Profile profile, int workers) =>
        "if the pieces computed more or blocked their thread, one thread would no longer do";
}
