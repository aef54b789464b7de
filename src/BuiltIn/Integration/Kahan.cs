using System.Linq.Expressions;
using static System.Linq.Expressions.Expression;

namespace Mailroom.BuiltIn.Integration;

/// <summary>
/// The code of a sum, of numbers or of vectors, with its rounding error carried along (Kahan, "Pracniques: further remarks on reducing
/// truncation errors", 1965).
/// </summary>
internal sealed class Kahan(Type type, string name)
{
    private readonly ParameterExpression _term = Variable(type, $"{name}.term");
    private readonly ParameterExpression _next = Variable(type, $"{name}.next");

    public ParameterExpression Sum { get; } = Variable(type, $"{name}.sum");

    public ParameterExpression Error { get; } = Variable(type, $"{name}.error");

    public IEnumerable<ParameterExpression> Variables => [_term, _next, Sum, Error];

    public Expression Begin(Expression zero) => Block(Assign(Sum, zero), Assign(Error, zero));

    public Expression Add(Expression term) =>
        Block(
            Assign(_term, Subtract(term, Error)),
            Assign(_next, Expression.Add(Sum, _term)),
            Assign(Error, Subtract(Subtract(_next, Sum), _term)),
            Assign(Sum, _next)
        );
}
