using System.Globalization;
using Mailroom.BuiltIn.Integration;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <summary>Numerical integration of an expression in x: the classic exercise of a course on concurrency.</summary>
public sealed class Integrate : JobKind<Integrate.Args, Integrate.Slice, Partial, Integrate.Integral>
{
    // A piece is small enough to spread evenly and big enough not to notice its way through the actors.
    private const long StepsPerPiece = 1_000_000;
    private const long MaxSteps = 1L << 52;

    // How often a piece looks whether it was cancelled; fixed, because it decides the order of the sums and so the bits.
    private const long StepsPerLook = 1 << 22;

    // A pole so far out, where a bound is infinite, is that bound.
    private const double Far = 1e9;

    public enum Rule
    {
        Left,
        Midpoint,
        Trapezoid,
        Simpson,
    }

    public sealed record Args(
        [property: Positional("an expression in x, such as x^2, sin(x)*exp(-x) or 1/(1+x^2)")] string Expression,
        [property: Option("where the interval begins: a number, a constant such as -pi/2, or -inf")] string From,
        [property: Option("where it ends: the same, or inf")] string To,
        [property: Option("how many steps it is cut into")] long Steps = 1_000_000,
        [property: Option("left, midpoint, trapezoid or simpson (Simpson's uses the middle of each step too)")] Rule Rule = Rule.Midpoint
    );

    /// <summary>The steps from <paramref name="Start"/> up to, but not including, <paramref name="End"/>.</summary>
    public readonly record struct Slice(long Start, long End);

    /// <param name="Value">the integral, to the rule's precision</param>
    /// <param name="Pole">where the expression seems to grow without bound, or null</param>
    /// <param name="Variable">the change of variable that an infinite bound made necessary, in words, or null</param>
    public sealed record Integral(double Value, double? Pole = null, string? Variable = null);

    public override string Name => "integrate";

    public override string Summary => "Integrates an expression in x numerically over an interval.";

    public override Args Check(Args args, string directory)
    {
        if (args.Steps is < 1 or > MaxSteps)
            throw new UserError($"integrate: --steps is {args.Steps}, but it takes 1 to {MaxSteps}");
        var (from, to) = (Formula.Bound(args.From, "--from"), Formula.Bound(args.To, "--to"));
        if (from == to)
            throw new UserError($"integrate: --from and --to are both {args.From}, so the interval is empty; choose two different bounds");
        if (Integrand.Of(args).Interval.IsImproper && args.Rule != Rule.Midpoint)
            throw new UserError(
                $"integrate: --rule {args.Rule.Word()} uses the ends of the interval, but one of them is infinite; --rule midpoint "
                    + "does without them"
            );
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

    public override ValueTask<Partial> RunAsync(Args args, Slice piece, PieceContext context)
    {
        var integrand = Integrand.Of(args);
        var total = new Partial(0, 0);
        for (var start = piece.Start; start < piece.End; start += StepsPerLook)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var end = Math.Min(start + StepsPerLook, piece.End);
            var sum = Partial.Of(Sum(integrand, args.Rule, start, end, shrinks: false));
            if (!sum.IsFinite)
                sum = Partial.Of(Sum(integrand, args.Rule, start, end, shrinks: true), Partial.Shift);
            total = sum.IsFinite ? total.Add(sum) : throw NotFinite(args, integrand, start, end);
        }
        return new ValueTask<Partial>(
            total with
            {
                Pole = Poles.Find(integrand.ValueAt, integrand.U(piece.Start), integrand.U(piece.End)),
            }
        );
    }

    public override Integral Combine(Args args, IEnumerable<Partial> results)
    {
        var integrand = Integrand.Of(args);
        var total = results.Aggregate(new Partial(0, 0), (sum, result) => sum.Add(result));
        var value = total.Times(integrand.Step, integrand.Interval.Exponent);
        return double.IsFinite(value)
            ? new Integral(value, total.Pole is { } pole ? integrand.Interval.At(pole) : null, integrand.Interval.Said)
            : throw new GiveUpException(
                $"the integral is beyond {double.MaxValue.ToString("G3", CultureInfo.InvariantCulture)}, which is more than a 64-bit "
                    + "number holds; divide the expression by a number"
            );
    }

    public override IEnumerable<string> Notices(Args args, Integral answer)
    {
        if (answer.Variable is { } variable)
            yield return $"a bound is infinite: {variable}";
        if (answer.Pole is { } pole)
            yield return $"{Visible.Text(args.Expression)} seems to be too big near x = {Place(answer, pole)}: "
                + "the sum does not settle there, however many steps there are, and the integral may not exist";
    }

    private static string Place(Integral answer, double pole) =>
        answer.Variable is null || Math.Abs(pole) <= Far ? pole.ToString("G6", CultureInfo.InvariantCulture)
        : pole > 0 ? "inf"
        : "-inf";

    public override string Text(Integral answer) => answer.Value.ToString("R", CultureInfo.InvariantCulture);

    // Each step's value by the rule, to be multiplied by the step's width in the end.
    private static Compensated Sum(Integrand f, Rule rule, long start, long end, bool shrinks) =>
        rule switch
        {
            Rule.Left => f.Sum(0, start, end, shrinks),
            Rule.Midpoint => f.Sum(0.5, start, end, shrinks),
            Rule.Trapezoid => Ends(f, start, end, shrinks),
            Rule.Simpson => Third(Ends(f, start, end, shrinks).Add(Twice(f.Sum(0.5, start, end, shrinks)))),
            _ => throw new InvalidOperationException($"there is no rule {rule}"),
        };

    private static Compensated Ends(Integrand f, long start, long end, bool shrinks)
    {
        var half = shrinks ? Math.ScaleB(0.5, -Partial.Shift) : 0.5;
        return f.Sum(0, start + 1, end, shrinks).Add(half * f.At(start)).Add(half * f.At(end));
    }

    private static Compensated Twice(Compensated sum) => new(2 * sum.Sum, 2 * sum.Error);

    private static Compensated Third(Compensated sum) =>
        new(sum.Sum / 3, (Math.FusedMultiplyAdd(-3, sum.Sum / 3, sum.Sum) + sum.Error) / 3);

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
            (start, end) = double.IsFinite(Sum(f, args.Rule, start, middle, shrinks: true).Value) ? (middle, end) : (start, middle);
        }
        foreach (var i in offsets.Select(offset => start + offset))
            if (f.At(i) is var value && !double.IsFinite(value))
            {
                var what = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{args.Expression} is {(double.IsNaN(value) ? "not a number" : "infinite")} at x = {f.Interval.At(f.U(i)):R}"
                );
                var isEnd = (i == 0 || i == args.Steps) && args.Rule != Rule.Midpoint;
                return new GiveUpException(
                    what
                        + (
                            isEnd
                                ? ", an end of the interval; --rule midpoint does not use the ends"
                                : "; choose an interval without that point"
                        )
                );
            }
        return new GiveUpException($"the sum of {args.Expression} is too large for a 64-bit number");
    }
}
