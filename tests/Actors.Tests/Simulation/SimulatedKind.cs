using Mailroom.Kinds;

namespace Mailroom.Simulation;

/// <summary>Pieces whose results tell them apart; some fail at first, one perhaps always.</summary>
/// <param name="ran">told of every attempt</param>
internal sealed class SimulatedKind(Action<int> ran) : JobKind<SimulatedKind.Args, int, string, string>
{
    public sealed record Args(
        [property: Option("how many")] int Count = 1,
        [property: Option("which of them fails for good, or -1")] int Poison = -1,
        [property: Option("every so manieth fails at its first attempt")] int Flaky = 7
    );

    public override string Name => "simulated";

    public override string Summary => "For the simulation.";

    public override bool NeedsEveryPiece => false;

    public override IEnumerable<int> Split(Args args, SplitHint hint) => Enumerable.Range(0, args.Count);

    public override ValueTask<string> RunAsync(Args args, int piece, PieceContext context)
    {
        ran(piece);
        if (piece == args.Poison)
            throw new GiveUpException("poison");
        if (piece % args.Flaky == 0 && context.Attempt == 1)
            throw new InvalidOperationException("not yet");
        return new ValueTask<string>(ResultOf(piece));
    }

    public override string Combine(Args args, IEnumerable<string> results) => string.Join(',', results);

    public override string Text(string answer) => answer;

    /// <summary>Now and then one that is too big for a message, and travels in parts.</summary>
    public static string ResultOf(int piece) => piece + new string('x', piece % 5 == 4 ? 400 : 0);
}
