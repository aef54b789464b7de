using Mailroom.Kinds;

namespace Mailroom.Simulation;

/// <summary>Pieces whose results tell them apart; some fail at first, one perhaps always.</summary>
/// <param name="ran">told of every attempt</param>
internal sealed class SimulatedKind(Action<int> ran) : JobKind<SimulatedKind.Args, int, int, string>
{
    public sealed record Args(
        [property: Option("how many")] int Count = 1,
        [property: Option("which of them fails for good, or -1")] int Poison = -1,
        [property: Option("every so manieth fails at its first attempt")] int Flaky = 7);

    public override string Name => "simulated";

    public override string Summary => "For the simulation.";

    public override bool NeedsEveryPiece => false;

    public override IEnumerable<int> Split(Args args, SplitHint hint) => Enumerable.Range(0, args.Count);

    public override ValueTask<int> RunAsync(Args args, int piece, PieceContext context)
    {
        ran(piece);
        if (piece == args.Poison)
            throw new GiveUpException("poison");
        if (piece % args.Flaky == 0 && context.Attempt == 1)
            throw new InvalidOperationException("not yet");
        return new ValueTask<int>(ResultOf(piece));
    }

    public override string Combine(Args args, IEnumerable<int> results) => string.Join(',', results);

    public override string Text(string answer) => answer;

    public static int ResultOf(int piece) => (piece * 31) + 7;
}
