using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using static System.Linq.Expressions.Expression;

namespace Mailroom.BuiltIn.Integration;

/// <summary>A formula compiled together with the loop that sums it: no interpretation and no call per step.</summary>
internal sealed class Integrand
{
    // Those of the vectors, and one for what is left behind them.
    private const int Lanes = ManySums.Terms + 1;

    private static readonly ConditionalWeakTable<Integrate.Args, Integrand> OfJob = [];

    private readonly long _steps;
    private readonly Loop _loop;
    private readonly Lazy<Loop> _shrunk;
    private readonly Lazy<double> _atEnd;

    private Integrand(Integrate.Args args)
    {
        Interval = Interval.Of(Formula.Bound(args.From, "--from"), Formula.Bound(args.To, "--to"));
        _steps = args.Steps;
        Step = (Interval.To - Interval.From) / args.Steps;
        _loop = Compile(args.Expression, Interval, factor: 1);
        _shrunk = new Lazy<Loop>(() => Compile(args.Expression, Interval, Math.ScaleB(1, -Partial.Shift)));
        _atEnd = new Lazy<double>(() => ValueAt(Interval.To));
    }

    /// <summary>Adds f(from + (i + offset) * step) for i in [start, end) to independent Kahan sums.</summary>
    private delegate void Loop(double from, double step, double offset, double start, double end, double[] sums, double[] errors);

    public Interval Interval { get; }

    /// <summary>Width of a step of u; negative when the interval runs backwards.</summary>
    public double Step { get; }

    /// <summary>The integrand of a job, compiled once in each process that runs pieces of the job.</summary>
    public static Integrand Of(Integrate.Args args) => OfJob.GetValue(args, static args => new Integrand(args));

    /// <summary>Its value at from + <paramref name="index"/> * step; the last point is the interval's end itself.</summary>
    public double At(double index) =>
        index >= _steps || Math.Abs(index * Step) > Math.Abs(Interval.To - Interval.From) ? _atEnd.Value : ValueAt(U(index));

    /// <summary>The u at an index.</summary>
    public double U(double index) => index >= _steps ? Interval.To : Interval.From + (index * Step);

    public double ValueAt(double u)
    {
        var sum = new double[Lanes];
        _loop(u, 0, 0, 0, 1, sum, new double[Lanes]);
        return sum[^1];
    }

    /// <summary>The sum of f at from + (i + <paramref name="offset"/>) * step for i in [start, end).</summary>
    /// <param name="shrinks">whether each value is multiplied by 2^-<see cref="Partial.Shift"/>, because their sum is not
    /// representable</param>
    public Compensated Sum(double offset, long start, long end, bool shrinks)
    {
        var sums = new double[Lanes];
        var errors = new double[Lanes];
        // Rounded as they are, points only ever grow with their index: those that came out beyond the end are the last ones.
        var inside = IsBeyond(end - 1, offset) ? FirstBeyond(offset, start, end) : end;
        (shrinks ? _shrunk.Value : _loop)(Interval.From, Step, offset, start, inside, sums, errors);
        var total = new Compensated(0, 0);
        for (var lane = 0; lane < Lanes; lane++)
            total = total.Add(sums[lane]).Add(-errors[lane]);
        return inside == end ? total : total.Add((end - inside) * (shrinks ? Math.ScaleB(_atEnd.Value, -Partial.Shift) : _atEnd.Value));
    }

    private bool IsBeyond(long index, double offset) =>
        Interval.From + ((index + offset) * Step) is var u && (Step > 0 ? u > Interval.To : u < Interval.To);

    private long FirstBeyond(double offset, long start, long end)
    {
        while (start < end)
        {
            var middle = start + ((end - start) / 2);
            (start, end) = IsBeyond(middle, offset) ? (start, middle) : (middle + 1, end);
        }
        return start;
    }

    // Four vectors of sums at a time keep the processor's adders busy, where one compensated sum would wait for itself.
    private static Loop Compile(string expression, Interval interval, double factor)
    {
        var (from, step, offset) = (Number("from"), Number("step"), Number("offset"));
        var (start, end, i) = (Number("start"), Number("end"), Number("i"));
        var (u, x) = (Number("u"), Number("x"));
        var (sums, errors) = (Parameter(typeof(double[]), "sums"), Parameter(typeof(double[]), "errors"));
        var f = interval.Weighted(Formula.Parse(expression, x), u);
        if (factor != 1)
            f = Multiply(f, Constant(factor));
        var many = new ManySums(from, step, offset, u, x, interval, f);
        var one = new Kahan(typeof(double), "rest");
        var inVectors = While(
            LessThanOrEqual(Expression.Add(i, Constant((double)ManySums.Terms)), end),
            Block(many.Add(i), AddAssign(i, Constant((double)ManySums.Terms)))
        );
        var theRest = While(
            LessThan(i, end),
            Block(
                Assign(u, Expression.Add(from, Multiply(Expression.Add(i, offset), step))),
                Assign(x, interval.X(u)),
                one.Add(f),
                AddAssign(i, Constant(1.0))
            )
        );
        var body = Block(
            [i, u, x, .. many.Variables, .. one.Variables],
            many.Begin(),
            one.Begin(Constant(0.0)),
            Assign(i, start),
            inVectors,
            theRest,
            many.End(sums, errors),
            Assign(ArrayAccess(sums, Constant(ManySums.Terms)), one.Sum),
            Assign(ArrayAccess(errors, Constant(ManySums.Terms)), one.Error),
            Empty()
        );
        return Lambda<Loop>(body, from, step, offset, start, end, sums, errors).Compile();
    }

    private static ParameterExpression Number(string name) => Parameter(typeof(double), name);

    private static LoopExpression While(Expression condition, Expression body)
    {
        var done = Label();
        return Expression.Loop(IfThenElse(condition, body, Break(done)), done);
    }
}
