using Mailroom.Input;
using Mailroom.Kinds;

namespace MyKind;

/// <summary>
/// Counts primes. Put your own work in its place, then: dotnet build -c Release, and
/// mailroom --kinds src/bin/Release/net10.0/MyKind.dll send my-kind --below 1M
/// </summary>
public sealed class MyKind : JobKind<MyKind.Args, MyKind.Range, int, int>
{
    /// <summary>The arguments; each becomes an option, checked by its type.</summary>
    public sealed record Args([property: Option("primes below this number")] int Below = 1_000_000);

    public readonly record struct Range(int Start, int End);

    public override string Name => "my-kind";

    public override string Summary => "Counts primes.";

    public override Args Check(Args args, string directory) =>
        args.Below >= 2 ? args : throw new UserError($"my-kind: --below is {args.Below}, but it takes at least 2");

    /// <summary>The pieces; they depend on the arguments only.</summary>
    public override IEnumerable<Range> Split(Args args, SplitHint hint)
    {
        const int step = 10_000;
        for (var start = 2; start < args.Below; start += step)
            yield return new Range(start, Math.Min(args.Below, start + step));
    }

    /// <summary>One piece, on any thread or in any process, and perhaps more than once.</summary>
    public override ValueTask<int> RunAsync(Args args, Range piece, PieceContext context)
    {
        var primes = 0;
        for (var number = piece.Start; number < piece.End; number++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (IsPrime(number))
                primes++;
        }
        return new ValueTask<int>(primes);
    }

    /// <summary>The answer, of all results in the order of their pieces.</summary>
    public override int Combine(Args args, IEnumerable<int> results) => results.Sum();

    private static bool IsPrime(int number)
    {
        for (var divisor = 2; (long)divisor * divisor <= number; divisor++)
            if (number % divisor == 0)
                return false;
        return true;
    }
}
