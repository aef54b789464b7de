using Mailroom.Client;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Pools;
using Mailroom.Settings;

namespace Mailroom.Techniques;

/// <summary>Each piece in a node, a process of its own: what it breaks is its own, and whatever it needs or gives travels.</summary>
internal sealed record OfProcesses() : Traits(Technique.Processes)
{
    // Seconds until a node is there, as measured (docs/benchmarks.md).
    private const double NodeStart = 1;

    public override bool Travels => true;

    // Both processes together.
    public override double PieceSeconds => 2e-6;

    // A host that stays has its nodes already.
    internal override Place In(MailroomSettings settings, bool resumes) =>
        new(
            settings.OfPool(By, settings.Nodes.BatchesAhead, Way.ToNodes(settings.Wire.MaxPayload)),
            settings.Nodes.Count * settings.Nodes.Workers,
            Worker: null,
            Start: resumes ? 0 : NodeStart
        );

    // Each has a heap of its own, and a collection stops only that process.
    internal override double Work(Load load) =>
        Math.Max(load.Chain * (load.Seconds + load.Piece.PauseSeconds), load.OnAllCores(load.Cpu))
        + (load.Count * load.Piece.Bytes * load.Sent);

    internal override string? Because(Profile profile) =>
        $"collections stop all threads for {Math.Round(100 * profile.PauseSeconds / profile.CpuSeconds)} % of the time, and processes have "
        + "heaps of their own";

    internal override string Otherwise(Profile profile, int workers) => "smaller pieces or bigger results would cost more on the wire";
}
