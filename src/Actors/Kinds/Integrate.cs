using System.Globalization;
using Mailroom.Input;
using Mailroom.Kinds.Integration;

namespace Mailroom.Kinds;

/// <summary>Numerical integration of an expression in x: the classic exercise of a course on concurrency.</summary>
public sealed class Integrate : JobKind<Integrate.Args, Integrate.Slice, Compensated, Integrate.Integral>
{
    // A piece is small enough to spread evenly and big enough not to notice its way through the actors.
    private const long StepsPerPiece = 1_000_000;
    private const long MaxSteps = 1L << 52;

    // How often a piece looks whether it was cancelled; fixed, because it decides the order of the sums and so the bits.
    private const long StepsPerLook = 1 << 22;

    public enum Rule
    {
        Left,
        Midpoint,
        Trapezoid,
        Simpson,
    }

    public sealed record Args(
        [property: Positional("an expression in x, such as x^2, sin(x)*exp(-x) or 1/(1+x^2)")] string Expression,
        [property: Option("where the interval begins: a number or a constant such as -pi/2")] string From,
        [property: Option("where it ends")] string To,
        [property: Option("how many steps it is cut into")] long Steps = 1_000_000,
        [property: Option("left, midpoint, trapezoid or simpson (Simpson's uses the middle of each step too)")] Rule Rule = Rule.Midpoint);

    /// <summary>The steps from <paramref name="Start"/> up to, but not including, <paramref name="End"/>.</summary>
    public readonly record struct Slice(long Start, long End);

    public sealed record Integral(double Value);

    public override string Name => "integrate";

    public override string Summary => "Integrates an expression in x numerically over an interval.";

    public override Args Check(Args args, string directory)
    {
        if (args.Steps is < 1 or > MaxSteps)
            throw new UserError($"integrate: --steps is {args.Steps}, but it takes 1 to {MaxSteps}");
        var integrand = Integrand.Of(args);
        if (!double.IsFinite(integrand.From) || !double.IsFinite(integrand.To))
            throw new UserError($"integrate: --from {args.From} --to {args.To} is not a finite interval; both bounds must be finite numbers");
        if (integrand.From == integrand.To)
            throw new UserError($"integrate: --from and --to are both {args.From}, so the interval is empty; choose two different bounds");
        return args;
    }

    // Independent of the technique and the number of workers: so the sums, and the answer's bits, are too.
    public override IEnumerable<Slice> Split(Args args, SplitHint hint)
    {
        var wished = hint.Pieces ?? Math.Clamp(args.Steps / StepsPerPiece, 64, 1024);
        var pieces = (int)Math.Min(wished, args.Steps);
        return Enumerable.Range(0, pieces).Select(piece => new Slice(Bound(piece), Bound(piece + 1)));

        long Bound(int piece) => (long)((Int128)args.Steps * piece / pieces);
    }

    public override ValueTask<Compensated> RunAsync(Args args, Slice piece, PieceContext context)
    {
        var integrand = Integrand.Of(args);
        var total = new Compensated(0, 0);
        for (var start = piece.Start; start < piece.End; start += StepsPerLook)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var end = Math.Min(start + StepsPerLook, piece.End);
            var sum = Sum(integrand, args.Rule, start, end);
            if (!double.IsFinite(sum.Value))
                throw NotFinite(args, integrand, start, end);
            total = total.Add(sum);
        }
        return new ValueTask<Compensated>(total);
    }

    public override Integral Combine(Args args, IEnumerable<Compensated> results)
    {
        var total = results.Aggregate(new Compensated(0, 0), (sum, result) => sum.Add(result));
        return new Integral(total.Value * Integrand.Of(args).Step);
    }

    public override string Text(Integral answer) => answer.Value.ToString("R", CultureInfo.InvariantCulture);

    // Each step's value by the rule, to be multiplied by the step's width in the end.
    private static Compensated Sum(Integrand f, Rule rule, long start, long end) => rule switch
    {
        Rule.Left => f.Sum(0, start, end),
        Rule.Midpoint => f.Sum(0.5, start, end),
        Rule.Trapezoid => Ends(f, start, end),
        Rule.Simpson => Third(Ends(f, start, end).Add(Twice(f.Sum(0.5, start, end)))),
        _ => throw new InvalidOperationException($"there is no rule {rule}"),
    };

    private static Compensated Ends(Integrand f, long start, long end) =>
        f.Sum(0, start + 1, end).Add(0.5 * f.At(start)).Add(0.5 * f.At(end));

    private static Compensated Twice(Compensated sum) => new(2 * sum.Sum, 2 * sum.Error);

    private static Compensated Third(Compensated sum) => new(sum.Sum / 3, (Math.FusedMultiplyAdd(-3, sum.Sum / 3, sum.Sum) + sum.Error) / 3);

    private static GiveUpException NotFinite(Args args, Integrand f, long start, long end)
    {
        double[] offsets = args.Rule switch
        {
            Rule.Left => [0],
            Rule.Midpoint => [0.5],
            Rule.Trapezoid => [0, 1],
            _ => [0, 0.5, 1],
        };
        while (end - start > 1)
        {
            var middle = start + ((end - start) / 2);
            (start, end) = double.IsFinite(Sum(f, args.Rule, start, middle).Value) ? (middle, end) : (start, middle);
        }
        foreach (var i in offsets.Select(offset => start + offset))
            if (f.At(i) is var value && !double.IsFinite(value))
                return new GiveUpException(string.Create(CultureInfo.InvariantCulture,
                    $"{args.Expression} is {(double.IsNaN(value) ? "not a number" : "infinite")} at x = {f.From + (i * f.Step):R}; choose an interval without that point"));
        return new GiveUpException($"the sum of {args.Expression} is too large for a 64-bit number");
    }
}
