using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.Intrinsics;
using static System.Linq.Expressions.Expression;

namespace Mailroom.BuiltIn.Integration;

/// <summary>
/// Makes an expression of numbers one of vectors of four numbers, whose every number is what the expression would give, to the bit: only
/// what IEEE 754 rounds in one way is done by the four at once, and functions such as sine are called for each of them.
/// </summary>
/// <param name="parameters">the vector that stands for each parameter</param>
internal sealed class Vectorized(IReadOnlyDictionary<ParameterExpression, ParameterExpression> parameters) : ExpressionVisitor
{
    public const int Width = 4;

    private const uint AllLanes = (1 << Width) - 1;

    private static readonly Type Vector = typeof(Vector256<double>);

    // The same by four as by one: no function that is only nearly the same on another processor.
    private static readonly Dictionary<string, string> Exact = new(StringComparer.Ordinal)
    {
        [nameof(Math.Sqrt)] = nameof(Vector256.Sqrt),
        [nameof(Math.Abs)] = nameof(Vector256.Abs),
        [nameof(Math.Floor)] = nameof(Vector256.Floor),
        [nameof(Math.Ceiling)] = nameof(Vector256.Ceiling),
    };

    private static readonly MethodInfo Same = typeof(Vector256).GetMethod(nameof(Vector256.Create), [typeof(double)])!;

    private static readonly MethodInfo Four = typeof(Vector256).GetMethod(
        nameof(Vector256.Create),
        [typeof(double), typeof(double), typeof(double), typeof(double)]
    )!;

    private readonly Dictionary<ParameterExpression, ParameterExpression> _known = new(parameters);

    /// <summary>A variable for four numbers.</summary>
    public static ParameterExpression Variable(string name) => Expression.Variable(Vector, name);

    /// <summary>Four times the same number.</summary>
    public static Expression All(Expression number) => Call(Same, number);

    public static Expression Create(double first, double second, double third, double fourth) =>
        Call(Four, Constant(first), Constant(second), Constant(third), Constant(fourth));

    protected override Expression VisitConstant(ConstantExpression node) => All(node);

    protected override Expression VisitParameter(ParameterExpression node) => _known[node];

    protected override Expression VisitUnary(UnaryExpression node) =>
        node.NodeType == ExpressionType.Negate
            ? ExclusiveOr(Visit(node.Operand), All(Constant(-0.0))) // a vector's own would make 0 of -0
            : throw Unknown(node);

    protected override Expression VisitBinary(BinaryExpression node)
    {
        if (node.NodeType == ExpressionType.Assign)
            return Assign(Visit(node.Left), Visit(node.Right));
        var (left, right) = (Visit(node.Left), Visit(node.Right));
        return node.NodeType switch
        {
            ExpressionType.Add => Add(left, right),
            ExpressionType.Subtract => Subtract(left, right),
            ExpressionType.Multiply => Multiply(left, right),
            ExpressionType.Divide => Divide(left, right),
            ExpressionType.LessThan => Generic(nameof(Vector256.LessThan), left, right),
            ExpressionType.LessThanOrEqual => Generic(nameof(Vector256.LessThanOrEqual), left, right),
            ExpressionType.GreaterThan => Generic(nameof(Vector256.GreaterThan), left, right),
            ExpressionType.GreaterThanOrEqual => Generic(nameof(Vector256.GreaterThanOrEqual), left, right),
            ExpressionType.Equal => Generic(nameof(Vector256.Equals), left, right),
            ExpressionType.NotEqual => OnesComplement(Generic(nameof(Vector256.Equals), left, right)),
            _ => throw Unknown(node),
        };
    }

    // What none of the four needs is not computed: it may cost a hundred times as much as the rest.
    protected override Expression VisitConditional(ConditionalExpression node)
    {
        var (mask, so, other) = (Variable("mask"), Variable("so"), Variable("other"));
        var lanes = Expression.Variable(typeof(uint), "lanes");
        return Block(
            [mask, so, other, lanes],
            Assign(mask, Visit(node.Test)),
            Assign(lanes, Generic(nameof(Vector256.ExtractMostSignificantBits), mask)),
            Assign(so, Condition(Equal(lanes, Constant(0u)), mask, Visit(node.IfTrue))),
            Assign(other, Condition(Equal(lanes, Constant(AllLanes)), mask, Visit(node.IfFalse))),
            Generic(nameof(Vector256.ConditionalSelect), mask, so, other)
        );
    }

    protected override Expression VisitBlock(BlockExpression node)
    {
        foreach (var variable in node.Variables)
            _known[variable] = Variable(variable.Name ?? "once");
        return Block(node.Variables.Select(variable => _known[variable]), node.Expressions.Select(Visit)!);
    }

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        var arguments = node.Arguments.Select(Visit).ToArray();
        if (node.Method.DeclaringType == typeof(Math) && Exact.TryGetValue(node.Method.Name, out var exact))
            return Call(typeof(Vector256).GetMethod(exact, [Vector]) ?? Of(exact, 1), arguments!);
        var vectors = arguments.Select((_, at) => Variable($"argument{at}")).ToArray();
        return Block(
            vectors,
            [
                .. vectors.Select((vector, at) => Assign(vector, arguments[at]!)),
                Call(Four, Enumerable.Range(0, Width).Select(lane => Call(node.Method, vectors.Select(vector => Element(vector, lane))))),
            ]
        );
    }

    private static MethodCallExpression Element(Expression vector, int lane) =>
        Generic(nameof(Vector256.GetElement), vector, Constant(lane));

    private static MethodCallExpression Generic(string method, params Expression[] arguments) =>
        Call(Of(method, arguments.Length), arguments);

    private static MethodInfo Of(string method, int arity) =>
        typeof(Vector256)
            .GetMethods()
            .Single(known => known.Name == method && known.IsGenericMethodDefinition && known.GetParameters().Length == arity)
            .MakeGenericMethod(typeof(double));

    private static NotSupportedException Unknown(Expression node) => new($"{node.NodeType} has no form for vectors");
}
