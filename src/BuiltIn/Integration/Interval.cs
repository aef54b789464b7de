using System.Globalization;
using System.Linq.Expressions;

namespace Mailroom.BuiltIn.Integration;

/// <summary>
/// The interval of an integral, as one of a variable u that is finite: where a bound is infinite, x is a function of u,
/// and its derivative is a factor of the integrand (W. H. Press et al., "Numerical Recipes", 4.4: improper integrals).
/// </summary>
/// <param name="From">where u begins</param>
/// <param name="To">where u ends; smaller than <paramref name="From"/> when the interval runs backwards</param>
/// <param name="Exponent">the integral is to be multiplied by two to this power</param>
/// <param name="Said">the change of variable in words, or null</param>
internal sealed record Interval(double From, double To, int Exponent, string? Said)
{
    // So that an interval from one end of what a double holds to the other has a width that it holds too.
    private const int Shrink = 2;

    private readonly Func<Expression, Expression> _x = static u => u;
    private readonly Func<Expression, Expression>? _weight;

    private Interval(double from, double to, string said, Func<Expression, Expression> x, Func<Expression, Expression> weight)
        : this(from, to, 0, said) => (_x, _weight) = (x, weight);

    public bool IsImproper => _weight is not null;

    public static Interval Of(double from, double to)
    {
        var (low, high) = (Math.Min(from, to), Math.Max(from, to));
        var forward = from < to;
        if (double.IsNegativeInfinity(low) && double.IsPositiveInfinity(high))
            return new Interval(
                forward ? -1 : 1,
                forward ? 1 : -1,
                "x is u/(1-u^2) here, and u goes from -1 to 1",
                u => Expression.Divide(u, OneLessSquare(u)),
                Both
            );
        if (double.IsPositiveInfinity(high))
            return new Interval(
                forward ? 0 : 1,
                forward ? 1 : 0,
                Of(low, "u/(1-u)", " + "),
                u => Expression.Add(Number(low), Expression.Divide(u, OneLess(u))),
                u => Expression.Divide(Number(1), Square(OneLess(u)))
            );
        if (double.IsNegativeInfinity(low))
            return new Interval(
                forward ? 0 : 1,
                forward ? 1 : 0,
                Of(high, "-(1-u)/u", " "),
                u => Expression.Subtract(Number(high), Expression.Divide(OneLess(u), u)),
                u => Expression.Divide(Number(1), Square(u))
            );
        return double.IsFinite(to - from)
            ? new Interval(from, to, 0, Said: null)
            : new Interval(Math.ScaleB(from, -Shrink), Math.ScaleB(to, -Shrink), Shrink, u => Expression.Multiply(u, Number(1 << Shrink)));
    }

    private Interval(double from, double to, int exponent, Func<Expression, Expression> x)
        : this(from, to, exponent, Said: null) => _x = x;

    public Expression X(Expression u) => _x(u);

    public Expression Weighted(Expression f, Expression u) => _weight is null ? f : Expression.Multiply(f, _weight(u));

    /// <summary>The x that belongs to a u.</summary>
    public double At(double u)
    {
        var parameter = Expression.Parameter(typeof(double));
        return Expression.Lambda<Func<double, double>>(_x(parameter), parameter).Compile(preferInterpretation: true)(u);
    }

    private static string Of(double bound, string term, string sign) =>
        string.Create(CultureInfo.InvariantCulture, $"x is {(bound == 0 ? "" : $"{bound:R}{sign}")}{term} here, and u goes from 0 to 1");

    // (1 + u^2) / (1 - u^2)^2
    private static BinaryExpression Both(Expression u) => Expression.Divide(Expression.Add(Number(1), Square(u)), Square(OneLessSquare(u)));

    private static BinaryExpression OneLess(Expression u) => Expression.Subtract(Number(1), u);

    // As a product: near the ends, 1 - u*u would have lost its digits.
    private static BinaryExpression OneLessSquare(Expression u) => Expression.Multiply(OneLess(u), Expression.Add(Number(1), u));

    private static BinaryExpression Square(Expression e) => Expression.Multiply(e, e);

    private static ConstantExpression Number(double value) => Expression.Constant(value);
}
