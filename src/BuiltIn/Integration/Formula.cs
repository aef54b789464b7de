using System.Globalization;
using System.Linq.Expressions;
using Mailroom.Input;

namespace Mailroom.BuiltIn.Integration;

/// <summary>
/// A recursive-descent parser for expressions in x. It gives an expression tree, so that the loop around it is compiled
/// together with it. Operators by rising precedence: <c>&lt; &lt;= &gt; &gt;= == !=</c> (1 where it
/// is so, else 0; only one of them, without parentheses), <c>+ -</c>, <c>* / %</c>, sign, <c>^</c> (to the right).
/// </summary>
internal sealed partial class Formula
{
    private const int MaxLength = 2_000;
    private const int MaxDepth = 100;

    // A function of any number of arguments is one of two that is used again and again.
    private const int Any = 0;

    private readonly string _text;
    private readonly Expression? _x;
    private readonly string _what;
    private int _at;
    private int _depth;

    private Formula(string text, Expression? x, string what) => (_text, _x, _what) = (text, x, what);

    /// <summary>Parses an expression in <paramref name="x"/>, or a constant one when that is null.</summary>
    /// <param name="what">what it is, for messages: an option, or nothing for the expression itself</param>
    /// <exception cref="UserError">with the place where the text can't be read on</exception>
    public static Expression Parse(string text, Expression? x, string what = "")
    {
        if (text.Length > MaxLength)
            throw new UserError($"integrate: the expression has {text.Length} characters; at most {MaxLength} are allowed");
        var formula = new Formula(text, x, what);
        var tree = formula.Comparison();
        return formula.Peek() switch
        {
            '\0' => tree,
            ')' => throw formula.Error("a ')' without its '('"),
            var c when c == '(' || char.IsLetterOrDigit(c) => throw formula.Missing(),
            _ => throw formula.NoOperator(),
        };
    }

    /// <summary>The value of an expression without x, such as <c>pi/2</c>.</summary>
    public static double Constant(string text, string what = "") =>
        Expression.Lambda<Func<double>>(Parse(text, x: null, what)).Compile(preferInterpretation: true)();

    /// <summary>A bound of an interval: a constant, <c>inf</c> or <c>-inf</c>.</summary>
    /// <exception cref="UserError">it is neither</exception>
    public static double Bound(string text, string option) =>
        text.Trim() switch
        {
            "inf" or "+inf" or "∞" or "+∞" => double.PositiveInfinity,
            "-inf" or "-∞" => double.NegativeInfinity,
            var other => Constant(other, option) is var value && double.IsFinite(value)
                ? value
                : throw new UserError(
                    $"integrate: {option} is '{Visible.Text(text)}', which is "
                        + $"{(double.IsNaN(value) ? "not a number" : "no finite interval's end")}; it takes a finite number or "
                        + "constant, inf or -inf"
                ),
        };

    // One comparison at most: 0<x<1 would compare a 0 or 1 with 1.
    private Expression Comparison()
    {
        var left = Sum();
        if (TakeComparison() is not { } compare)
            return left;
        var compared = Truth(compare(left, Sum()));
        return TakeComparison() is null ? compared : throw Error("comparisons can't be chained; write (0<x)*(x<1) for 0<x<1");
    }

    private Func<Expression, Expression, BinaryExpression>? TakeComparison()
    {
        Peek();
        foreach (var (sign, compare) in Comparisons)
        {
            if (!_text.AsSpan(_at).StartsWith(sign, StringComparison.Ordinal))
                continue;
            _at += sign.Length;
            return compare;
        }
        return null;
    }

    private static ConditionalExpression Truth(Expression condition) =>
        Expression.Condition(condition, Expression.Constant(1.0), Expression.Constant(0.0));

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
            else if (Take('%'))
                left = Call("mod", [left, Signed()]);
            else
                return left;
        }
    }

    private Expression Signed()
    {
        if (++_depth > MaxDepth)
            throw Error($"the expression is nested more than {MaxDepth} deep");
        var signed =
            Take('-') ? Expression.Negate(Signed())
            : Take('+') ? Signed()
            : Power();
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

    private static Expression Product(Expression factor, int times) =>
        times == 1 ? factor : Expression.Multiply(Product(factor, times - 1), factor);

    private Expression Atom()
    {
        var c = Peek();
        if (Take('('))
            return Closed(Comparison());
        if (char.IsAsciiDigit(c) || c == '.')
            return Number();
        if (char.IsLetter(c))
            return Word();
        throw Error(
            c switch
            {
                '\0' => "the expression ends where a number, x, a function or '(' is needed",
                '|' => "'|' is no bracket here; write abs(x) for |x|",
                '√' => "'√' is written sqrt(x)",
                '∞' => "∞ can only be a bound of the interval: --to inf",
                '−' or '–' => "this minus is a dash; write -",
                _ => $"'{Visible.Text(c.ToString())}' stands where a number, x, a function or '(' is needed",
            }
        );
    }

    private ConstantExpression Number()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '.'))
            _at++;
        // 2e3 is a number; in 2*e the e is Euler's, and 2e alone is an error with a hint.
        if (
            _at + 1 < _text.Length
            && _text[_at] is 'e' or 'E'
            && (
                char.IsAsciiDigit(_text[_at + 1])
                || (_text[_at + 1] is '+' or '-' && _at + 2 < _text.Length && char.IsAsciiDigit(_text[_at + 2]))
            )
        )
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
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '.'))
            _at++;
        var word = _text[start.._at];
        if (word == "x")
            return _x ?? throw Error("x has no value here; a bound is a constant such as 10, pi/2 or inf", start);
        if (Constants.TryGetValue(word, out var constant))
            return Expression.Constant(constant);
        if (word != "if" && !Functions.ContainsKey(word))
            throw Unknown(word, start);
        if (!Take('('))
            throw Error($"{word} is a function; write {word}(…)");
        var arguments = new List<Expression> { Comparison() };
        while (Take(','))
            arguments.Add(Comparison());
        var arity = word == "if" ? 3 : Functions[word].Arity;
        if (arity == Any ? arguments.Count < 2 : arguments.Count != arity)
            throw Error(
                word == "log" && arguments.Count == 2
                    ? "log takes 1 argument, not 2; write log10(x) or log2(x), or log(x)/log(b) for base b"
                    : $"{word} takes {(arity == Any ? "2 arguments or more" : Quantity.Of(arity, "argument"))}, not "
                        + $"{arguments.Count}",
                start
            );
        return Closed(
            word == "if"
                ? Expression.Condition(Expression.NotEqual(arguments[0], Expression.Constant(0.0)), arguments[1], arguments[2])
                : arguments.Skip(2).Aggregate(Call(word, [.. arguments.Take(2)]), (all, next) => Call(word, [all, next]))
        );
    }

    private static MethodCallExpression Call(string word, Expression[] arguments) =>
        Expression.Call(Functions[word].Of.GetMethod(Functions[word].Method, [.. arguments.Select(_ => typeof(double))])!, arguments);

    private Expression Closed(Expression inner) =>
        Take(')') ? inner : throw Error(Peek() == '\0' ? "a ')' is missing" : "a ')' or an operator is missing");

    private char Peek()
    {
        while (_at < _text.Length && (_text[_at] == ' ' || _text[_at] == '\t'))
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
        new($"integrate: {(_what.Length > 0 ? $"{_what}: " : "")}in '{Visible.Text(_text)}' at character {(at ?? _at) + 1}: {what}");
}
