using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>The README's example of a kind, word for word.</summary>
public sealed class Primes : JobKind<Primes.Args, Primes.Range, int, int>
{
    public sealed record Args([property: Option("primes below this number")] int Below = 1_000_000);

    public readonly record struct Range(int Start, int End);

    public override string Name => "primes";

    public override string Summary => "Counts primes.";

    public override Args Check(Args args, string directory) =>
        args.Below >= 2 ? args : throw new UserError($"primes: --below is {args.Below}, but it takes at least 2");

    public override IEnumerable<Range> Split(Args args, SplitHint hint)
    {
        const int step = 10_000;
        for (var start = 2; start < args.Below; start += step)
            yield return new Range(start, Math.Min(args.Below, start + step));
    }

    public override ValueTask<int> RunAsync(Args args, Range piece, PieceContext context) =>
        new(
            Enumerable
                .Range(piece.Start, piece.End - piece.Start)
                .Count(n => !Enumerable.Range(2, (int)Math.Sqrt(n) - 1).Any(d => n % d == 0))
        );

    public override int Combine(Args args, IEnumerable<int> results) => results.Sum();
}
