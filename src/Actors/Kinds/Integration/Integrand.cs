using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using static System.Linq.Expressions.Expression;

namespace Mailroom.Kinds.Integration;

/// <summary>A formula compiled together with the loop that sums it: no interpretation and no call per step.</summary>
internal sealed class Integrand
{
    private const int Lanes = 4;

    private static readonly ConditionalWeakTable<Integrate.Args, Integrand> OfJob = [];

    private readonly Loop _loop;

    private Integrand(Integrate.Args args)
    {
        From = Formula.Constant(args.From);
        To = Formula.Constant(args.To);
        Step = (To - From) / args.Steps;
        _loop = Compile(args.Expression);
    }

    /// <summary>Adds f(from + (i + offset) * step) for i in [start, end) to four independent Kahan sums.</summary>
    private delegate void Loop(double from, double step, double offset, double start, double end, double[] sums, double[] errors);

    public double From { get; }

    public double To { get; }

    /// <summary>Width of a step; negative when the interval runs backwards.</summary>
    public double Step { get; }

    /// <summary>The integrand of a job, compiled once in each process that runs pieces of the job.</summary>
    public static Integrand Of(Integrate.Args args) => OfJob.GetValue(args, static args => new Integrand(args));

    public double At(double index)
    {
        var sum = new double[Lanes];
        _loop(From, Step, 0, index, index + 1, sum, new double[Lanes]);
        return sum[0];
    }

    /// <summary>The sum of f at from + (i + <paramref name="offset"/>) * step for i in [start, end).</summary>
    public Compensated Sum(double offset, long start, long end)
    {
        var sums = new double[Lanes];
        var errors = new double[Lanes];
        _loop(From, Step, offset, start, end, sums, errors);
        var total = new Compensated(0, 0);
        for (var lane = 0; lane < Lanes; lane++)
            total = total.Add(sums[lane]).Add(-errors[lane]);
        return total;
    }

    // Four sums at a time keep the processor's adders busy, where one compensated sum would wait for itself.
    private static Loop Compile(string expression)
    {
        var from = Parameter(typeof(double), "from");
        var step = Parameter(typeof(double), "step");
        var offset = Parameter(typeof(double), "offset");
        var start = Parameter(typeof(double), "start");
        var end = Parameter(typeof(double), "end");
        var sums = Parameter(typeof(double[]), "sums");
        var errors = Parameter(typeof(double[]), "errors");
        var i = Variable(typeof(double), "i");
        var sum = Enumerable.Range(0, Lanes).Select(lane => Variable(typeof(double), $"sum{lane}")).ToArray();
        var error = Enumerable.Range(0, Lanes).Select(lane => Variable(typeof(double), $"error{lane}")).ToArray();
        var x = Variable(typeof(double), "x");
        var term = Variable(typeof(double), "term");
        var next = Variable(typeof(double), "next");
        var f = Formula.Parse(expression, x);

        // Kahan's step: term = f - error; next = sum + term; error = (next - sum) - term; sum = next.
        BlockExpression AddTerm(int lane, double ahead) => Block(
            Assign(x, Expression.Add(from, Multiply(Expression.Add(ahead == 0 ? i : Expression.Add(i, Constant(ahead)), offset), step))),
            Assign(term, Subtract(f, error[lane])),
            Assign(next, Expression.Add(sum[lane], term)),
            Assign(error[lane], Subtract(Subtract(next, sum[lane]), term)),
            Assign(sum[lane], next));

        return Lambda<Loop>(
            Block(
                [i, x, term, next, .. sum, .. error],
                Block(Enumerable.Range(0, Lanes).SelectMany(lane => new Expression[] { Assign(sum[lane], Constant(0.0)), Assign(error[lane], Constant(0.0)) })),
                Assign(i, start),
                While(
                    LessThanOrEqual(Expression.Add(i, Constant((double)Lanes)), end),
                    Block([.. Enumerable.Range(0, Lanes).Select(lane => AddTerm(lane, lane)), AddAssign(i, Constant((double)Lanes))])),
                While(LessThan(i, end), Block(AddTerm(0, 0), AddAssign(i, Constant(1.0)))),
                Block(Enumerable.Range(0, Lanes).SelectMany(lane => new Expression[]
                {
                    Assign(ArrayAccess(sums, Constant(lane)), sum[lane]),
                    Assign(ArrayAccess(errors, Constant(lane)), error[lane]),
                })),
                Empty()),
            from, step, offset, start, end, sums, errors).Compile();
    }

    private static LoopExpression While(Expression condition, Expression body)
    {
        var done = Label();
        return Expression.Loop(IfThenElse(condition, body, Break(done)), done);
    }
}
