using System.Linq.Expressions;
using System.Runtime.Intrinsics;
using static System.Linq.Expressions.Expression;

namespace Mailroom.BuiltIn.Integration;

/// <summary>The code of several vectors of sums, to which one round of the loop adds the next values of an integrand.</summary>
/// <param name="f">the integrand, of <paramref name="u"/> and <paramref name="x"/></param>
internal sealed class ManySums(
    ParameterExpression from,
    ParameterExpression step,
    ParameterExpression offset,
    ParameterExpression u,
    ParameterExpression x,
    Interval interval,
    Expression f
)
{
    private const int Vectors = 4;

    /// <summary>How many values one round adds.</summary>
    public const int Terms = Vectors * Vectorized.Width;

    private readonly Kahan[] _sums = [.. Enumerable.Range(0, Vectors).Select(at => new Kahan(typeof(Vector256<double>), $"vector{at}"))];
    private readonly ParameterExpression[] _ahead = [.. Enumerable.Range(0, Vectors).Select(at => Vectorized.Variable($"ahead{at}"))];
    private readonly ParameterExpression _from = Vectorized.Variable("from4");
    private readonly ParameterExpression _step = Vectorized.Variable("step4");
    private readonly ParameterExpression _i = Vectorized.Variable("i4");
    private readonly ParameterExpression _u = Vectorized.Variable("u4");
    private readonly ParameterExpression _x = Vectorized.Variable("x4");

    public IEnumerable<ParameterExpression> Variables => [_from, _step, _i, _u, _x, .. _ahead, .. _sums.SelectMany(sum => sum.Variables)];

    public Expression Begin() =>
        Block([
            Assign(_from, Vectorized.All(from)),
            Assign(_step, Vectorized.All(step)),
            .. _sums.Select(sum => sum.Begin(Vectorized.All(Constant(0.0)))),
            .. _ahead.Select(
                (ahead, at) =>
                {
                    var first = at * Vectorized.Width;
                    return Assign(ahead, Expression.Add(Vectorized.Create(first, first + 1, first + 2, first + 3), Vectorized.All(offset)));
                }
            ),
        ]);

    /// <summary>Adds the values at i, i + 1 … of a round.</summary>
    public Expression Add(ParameterExpression i) =>
        Block([Assign(_i, Vectorized.All(i)), .. _sums.Select((sum, at) => Add(sum, _ahead[at]))]);

    private Expression Add(Kahan sum, ParameterExpression ahead)
    {
        var vectorized = new Vectorized(new Dictionary<ParameterExpression, ParameterExpression> { [u] = _u, [x] = _x });
        return Block(
            Assign(_u, Expression.Add(_from, Multiply(Expression.Add(_i, ahead), _step))),
            Assign(_x, vectorized.Visit(interval.X(u))),
            sum.Add(vectorized.Visit(f))
        );
    }

    public Expression End(ParameterExpression sums, ParameterExpression errors) =>
        Block(
            _sums.SelectMany(
                (sum, at) => new[] { Copy(sum.Sum, sums, at * Vectorized.Width), Copy(sum.Error, errors, at * Vectorized.Width) }
            )
        );

    private static Expression Copy(Expression vector, Expression array, int at) =>
        Call(typeof(Vector256), nameof(Vector256.CopyTo), [typeof(double)], vector, array, Constant(at));
}
