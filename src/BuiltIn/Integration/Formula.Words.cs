using System.Linq.Expressions;
using Mailroom.Input;

namespace Mailroom.BuiltIn.Integration;

/// <remarks>What may stand in an expression, and what people write instead.</remarks>
internal sealed partial class Formula
{
    private static readonly SortedDictionary<string, double> Constants = new(StringComparer.Ordinal)
    {
        ["pi"] = Math.PI,
        ["π"] = Math.PI,
        ["e"] = Math.E,
        ["tau"] = Math.Tau,
    };

    private static readonly SortedDictionary<string, (Type Of, string Method, int Arity)> Functions = new(StringComparer.Ordinal)
    {
        ["sin"] = (typeof(Math), nameof(Math.Sin), 1),
        ["cos"] = (typeof(Math), nameof(Math.Cos), 1),
        ["tan"] = (typeof(Math), nameof(Math.Tan), 1),
        ["sec"] = (typeof(MoreFunctions), nameof(MoreFunctions.Sec), 1),
        ["csc"] = (typeof(MoreFunctions), nameof(MoreFunctions.Csc), 1),
        ["cot"] = (typeof(MoreFunctions), nameof(MoreFunctions.Cot), 1),
        ["asin"] = (typeof(Math), nameof(Math.Asin), 1),
        ["acos"] = (typeof(Math), nameof(Math.Acos), 1),
        ["atan"] = (typeof(Math), nameof(Math.Atan), 1),
        ["atan2"] = (typeof(Math), nameof(Math.Atan2), 2),
        ["sinh"] = (typeof(Math), nameof(Math.Sinh), 1),
        ["cosh"] = (typeof(Math), nameof(Math.Cosh), 1),
        ["tanh"] = (typeof(Math), nameof(Math.Tanh), 1),
        ["asinh"] = (typeof(Math), nameof(Math.Asinh), 1),
        ["acosh"] = (typeof(Math), nameof(Math.Acosh), 1),
        ["atanh"] = (typeof(Math), nameof(Math.Atanh), 1),
        ["exp"] = (typeof(Math), nameof(Math.Exp), 1),
        ["expm1"] = (typeof(MoreFunctions), nameof(MoreFunctions.Expm1), 1),
        ["ln"] = (typeof(Math), nameof(Math.Log), 1),
        ["log"] = (typeof(Math), nameof(Math.Log), 1),
        ["log1p"] = (typeof(MoreFunctions), nameof(MoreFunctions.Log1p), 1),
        ["log2"] = (typeof(Math), nameof(Math.Log2), 1),
        ["log10"] = (typeof(Math), nameof(Math.Log10), 1),
        ["sqrt"] = (typeof(Math), nameof(Math.Sqrt), 1),
        ["cbrt"] = (typeof(Math), nameof(Math.Cbrt), 1),
        ["hypot"] = (typeof(MoreFunctions), nameof(MoreFunctions.Hypot), 2),
        ["erf"] = (typeof(MoreFunctions), nameof(MoreFunctions.Erf), 1),
        ["erfc"] = (typeof(MoreFunctions), nameof(MoreFunctions.Erfc), 1),
        ["gamma"] = (typeof(MoreFunctions), nameof(MoreFunctions.Gamma), 1),
        ["lgamma"] = (typeof(MoreFunctions), nameof(MoreFunctions.LGamma), 1),
        ["abs"] = (typeof(Math), nameof(Math.Abs), 1),
        ["sign"] = (typeof(MoreFunctions), nameof(MoreFunctions.Sign), 1),
        ["floor"] = (typeof(Math), nameof(Math.Floor), 1),
        ["ceil"] = (typeof(Math), nameof(Math.Ceiling), 1),
        ["round"] = (typeof(MoreFunctions), nameof(MoreFunctions.Round), 1),
        ["trunc"] = (typeof(Math), nameof(Math.Truncate), 1),
        ["mod"] = (typeof(MoreFunctions), nameof(MoreFunctions.Mod), 2),
        ["pow"] = (typeof(Math), nameof(Math.Pow), 2),
        ["min"] = (typeof(Math), nameof(Math.Min), Any),
        ["max"] = (typeof(Math), nameof(Math.Max), Any),
    };

    private static readonly Dictionary<string, Func<Expression, Expression, BinaryExpression>> Comparisons = new(StringComparer.Ordinal)
    {
        ["<="] = Expression.LessThanOrEqual,
        [">="] = Expression.GreaterThanOrEqual,
        ["=="] = Expression.Equal,
        ["!="] = Expression.NotEqual,
        ["<"] = Expression.LessThan,
        [">"] = Expression.GreaterThan,
    };

    // What people write who come from elsewhere, and what it is here.
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["X"] = "x",
        ["arcsin"] = "asin",
        ["arccos"] = "acos",
        ["arctan"] = "atan",
        ["arsinh"] = "asinh",
        ["arcosh"] = "acosh",
        ["artanh"] = "atanh",
        ["fabs"] = "abs",
        ["sgn"] = "sign",
        ["tgamma"] = "gamma",
        ["fmod"] = "mod",
        ["ctg"] = "cot",
        ["tg"] = "tan",
        ["lg"] = "log10",
        ["ceiling"] = "ceil",
        ["truncate"] = "trunc",
        ["where"] = "if",
        ["PI"] = "pi",
        ["E"] = "e",
    };

    private static readonly IReadOnlyList<string> Words = [.. Functions.Keys, "if", .. Constants.Keys];

    private UserError Unknown(string word, int start)
    {
        var bare = word[(word.LastIndexOf('.') + 1)..]; // math.pi, np.sin, Math.Sqrt
        if (
            bare.Length > 0
            && bare.Length < word.Length
            && Words.FirstOrDefault(known => known.Equals(bare, StringComparison.OrdinalIgnoreCase)) is { } plain
        )
            return Error($"'{Visible.Text(word)}' is written {plain} here", start);
        if (
            Elsewhere.TryGetValue(word, out var here)
            || (here = Words.FirstOrDefault(known => known.Equals(word, StringComparison.OrdinalIgnoreCase))) is not null
        )
            return Error($"'{word}' is written {here} here", start);
        if (word is "inf" or "infinity" or "Infinity")
            return Error($"{word} can only be a bound of the interval: --to inf", start);
        if (word.EnumerateRunes().Count() == 1)
            return Error($"the variable is x; write x in place of {Visible.Text(word)}", start);
        if (word.Length > 1 && word.All(c => c == 'x' || char.IsAsciiDigit(c)))
            return Error($"there is no '{word}'; an operator is missing, as in x*x or x*2", start);
        return Error(
            $"there is no function or constant '{Visible.Text(word)}'; there are {string.Join(", ", Words)}" + Nearest.Hint(word, Words),
            start
        );
    }

    private UserError Missing()
    {
        var (before, after) = (_text[.._at].TrimEnd(), _text[_at..]);
        var isFactor = before.Length == 1 && char.IsAsciiDigit(before[0]) && after == "x";
        return Error($"an operator is missing; write {(isFactor ? "2*x, not 2x" : $"{Visible.Text(before)}*{Visible.Text(after)}")}");
    }

    private UserError NoOperator() =>
        Error(
            Peek() switch
            {
                '=' => "'=' is no operator; write == to compare",
                '&' => "'&' is no operator; write (0<x)*(x<1) where both must be so",
                '|' => "'|' is no operator; write abs(x) for |x|, and max(a, b) where one of two must be so",
                '!' => "'!' is no operator; write gamma(n+1) for n!",
                '²' or '³' => "a raised number is written ^2 or ^3",
                '×' or '·' or '∙' => "multiplication is written *",
                '÷' => "division is written /",
                '−' or '–' => "this minus is a dash; write -",
                ',' => "',' stands outside of a function's parentheses; the decimal sign is a point",
                var c => $"'{Visible.Text(c.ToString())}' is not an operator; the operators are + - * / % ^ and < <= > >= == !=",
            }
        );
}
