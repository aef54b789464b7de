using System.Globalization;
using System.Linq.Expressions;
using Mailroom.Input;

namespace Mailroom.Kinds.Integration;

/// <summary>
/// A recursive-descent parser for expressions in x. It gives an expression tree, so that the loop around it is compiled
/// together with it. Operators by rising precedence: <c>+ -</c>, <c>* /</c>, sign, <c>^</c> (to the right).
/// </summary>
internal sealed class Formula
{
    private const int MaxLength = 2_000;
    private const int MaxDepth = 100;

    private static readonly SortedDictionary<string, double> Constants = new(StringComparer.Ordinal)
    {
        ["pi"] = Math.PI,
        ["e"] = Math.E,
        ["tau"] = Math.Tau,
    };

    private static readonly SortedDictionary<string, (string Method, int Arity)> Functions = new(StringComparer.Ordinal)
    {
        ["sin"] = (nameof(Math.Sin), 1),
        ["cos"] = (nameof(Math.Cos), 1),
        ["tan"] = (nameof(Math.Tan), 1),
        ["asin"] = (nameof(Math.Asin), 1),
        ["acos"] = (nameof(Math.Acos), 1),
        ["atan"] = (nameof(Math.Atan), 1),
        ["atan2"] = (nameof(Math.Atan2), 2),
        ["sinh"] = (nameof(Math.Sinh), 1),
        ["cosh"] = (nameof(Math.Cosh), 1),
        ["tanh"] = (nameof(Math.Tanh), 1),
        ["exp"] = (nameof(Math.Exp), 1),
        ["ln"] = (nameof(Math.Log), 1),
        ["log"] = (nameof(Math.Log), 1),
        ["log2"] = (nameof(Math.Log2), 1),
        ["log10"] = (nameof(Math.Log10), 1),
        ["sqrt"] = (nameof(Math.Sqrt), 1),
        ["cbrt"] = (nameof(Math.Cbrt), 1),
        ["abs"] = (nameof(Math.Abs), 1),
        ["floor"] = (nameof(Math.Floor), 1),
        ["ceil"] = (nameof(Math.Ceiling), 1),
        ["pow"] = (nameof(Math.Pow), 2),
        ["min"] = (nameof(Math.Min), 2),
        ["max"] = (nameof(Math.Max), 2),
    };

    private readonly string _text;
    private readonly Expression? _x;
    private int _at;
    private int _depth;

    private Formula(string text, Expression? x) => (_text, _x) = (text, x);

    /// <summary>Parses an expression in <paramref name="x"/>, or a constant one when that is null.</summary>
    /// <exception cref="UserError">with the place where the text can't be read on</exception>
    public static Expression Parse(string text, Expression? x)
    {
        if (text.Length > MaxLength)
            throw new UserError($"integrate: the expression has {text.Length} characters; at most {MaxLength} are allowed");
        var formula = new Formula(text, x);
        var tree = formula.Sum();
        return formula.Peek() switch
        {
            '\0' => tree,
            ')' => throw formula.Error("a ')' without its '('"),
            var c when c == 'x' || c == '(' || char.IsLetter(c) => throw formula.Error("an operator is missing; write 2*x, not 2x"),
            var c => throw formula.Error($"'{c}' is not an operator; the operators are + - * / ^"),
        };
    }

    /// <summary>The value of an expression without x, such as <c>pi/2</c>.</summary>
    public static double Constant(string text) => Expression.Lambda<Func<double>>(Parse(text, x: null)).Compile(preferInterpretation: true)();

    private Expression Sum()
    {
        var left = Product();
        for (; ; )
        {
            if (Take('+'))
                left = Expression.Add(left, Product());
            else if (Take('-'))
                left = Expression.Subtract(left, Product());
            else
                return left;
        }
    }

    private Expression Product()
    {
        var left = Signed();
        for (; ; )
        {
            if (Peek() == '*' && _at + 1 < _text.Length && _text[_at + 1] == '*')
                throw Error("'**' is written '^' here");
            if (Take('*'))
                left = Expression.Multiply(left, Signed());
            else if (Take('/'))
                left = Expression.Divide(left, Signed());
            else
                return left;
        }
    }

    private Expression Signed()
    {
        if (++_depth > MaxDepth)
            throw Error($"the expression is nested more than {MaxDepth} deep");
        var signed = Take('-') ? Expression.Negate(Signed()) : Take('+') ? Signed() : Power();
        _depth--;
        return signed;
    }

    private Expression Power()
    {
        var root = Atom();
        return Take('^') ? Raise(root, Signed()) : root;
    }

    // Small whole powers become multiplications: x^2 costs one, Math.Pow forty times as much.
    private static Expression Raise(Expression root, Expression exponent)
    {
        if (exponent is not ConstantExpression { Value: double n } || n != Math.Floor(n) || n is < 1 or > 16)
            return Expression.Call(typeof(Math), nameof(Math.Pow), null, root, exponent);
        if (root is ParameterExpression)
            return Product(root, (int)n);
        var once = Expression.Variable(typeof(double));
        return Expression.Block([once], Expression.Assign(once, root), Product(once, (int)n));
    }

    private static Expression Product(Expression factor, int times) => times == 1
        ? factor
        : Expression.Multiply(Product(factor, times - 1), factor);

    private Expression Atom()
    {
        var c = Peek();
        if (Take('('))
            return Closed(Sum());
        if (char.IsAsciiDigit(c) || c == '.')
            return Number();
        if (char.IsAsciiLetter(c))
            return Word();
        throw Error(c switch
        {
            '\0' => "the expression ends where a number, x, a function or '(' is needed",
            _ => $"'{Visible.Text(c.ToString())}' stands where a number, x, a function or '(' is needed",
        });
    }

    private ConstantExpression Number()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '.'))
            _at++;
        // 2e3 is a number; in 2*e the e is Euler's, and 2e alone is an error with a hint.
        if (_at + 1 < _text.Length && _text[_at] is 'e' or 'E' && (char.IsAsciiDigit(_text[_at + 1]) || (_text[_at + 1] is '+' or '-' && _at + 2 < _text.Length && char.IsAsciiDigit(_text[_at + 2]))))
        {
            _at += 2;
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
                _at++;
        }
        var text = _text[start.._at];
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? Expression.Constant(value)
            : throw Error($"'{text}' is not a number", start);
    }

    private Expression Word()
    {
        var start = _at;
        while (_at < _text.Length && char.IsAsciiLetterOrDigit(_text[_at]))
            _at++;
        var word = _text[start.._at];
        if (word == "x")
            return _x ?? throw Error("x has no value here; a bound is a constant such as 10 or pi/2", start);
        if (Constants.TryGetValue(word, out var constant))
            return Expression.Constant(constant);
        if (!Functions.TryGetValue(word, out var function))
            throw Error($"there is no function or constant '{word}'; there are {string.Join(", ", Functions.Keys.Concat(Constants.Keys))}"
                + Nearest.Hint(word, Functions.Keys.Concat(Constants.Keys)), start);
        if (!Take('('))
            throw Error($"{word} is a function; write {word}(…)");
        var arguments = new List<Expression> { Sum() };
        while (Take(','))
            arguments.Add(Sum());
        if (arguments.Count != function.Arity)
            throw Error($"{word} takes {function.Arity} argument{(function.Arity == 1 ? "" : "s")}, not {arguments.Count}", start);
        return Closed(Expression.Call(typeof(Math).GetMethod(function.Method, [.. arguments.Select(_ => typeof(double))])!, arguments));
    }

    private Expression Closed(Expression inner) => Take(')') ? inner : throw Error(Peek() == '\0' ? "a ')' is missing" : "a ')' or an operator is missing");

    private char Peek()
    {
        while (_at < _text.Length && _text[_at] == ' ')
            _at++;
        return _at < _text.Length ? _text[_at] : '\0';
    }

    private bool Take(char c)
    {
        if (Peek() != c)
            return false;
        _at++;
        return true;
    }

    private UserError Error(string what, int? at = null) =>
        new($"integrate: in '{Visible.Text(_text)}' at character {(at ?? _at) + 1}: {what}");
}
