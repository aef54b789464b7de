using System.Linq.Expressions;
using Mailroom.BuiltIn.Integration;
using Mailroom.Input;

namespace Mailroom.Kinds;

public class FormulaSpecs
{
    [Theory]
    [InlineData("1+2*3", 7)]
    [InlineData("(1+2)*3", 9)]
    [InlineData("2^3^2", 512)]
    [InlineData("-2^2", -4)]
    [InlineData("2^-1", 0.5)]
    [InlineData("8/4/2", 1)]
    [InlineData("1-2-3", -4)]
    [InlineData("--3", 3)]
    [InlineData(" sqrt( 16 ) ", 4)]
    [InlineData("max(1, min(5, 3))", 3)]
    [InlineData("1.5e3", 1500)]
    [InlineData(".5", 0.5)]
    [InlineData("2*e", 2 * Math.E)]
    [InlineData("sin(pi/2)", 1)]
    [InlineData("atan2(1,1)*4", Math.PI)]
    [InlineData("2*π", 2 * Math.PI)]
    [InlineData("sign(-3)+sign(0)+2*sign(7)", 1)]
    [InlineData("7%3", 1)]
    [InlineData("-7%3", 2)]
    [InlineData("mod(7, -3)", -2)]
    [InlineData("round(0.5)+round(-1.5)+round(2.4)", 1)]
    [InlineData("trunc(-1.9)", -1)]
    [InlineData("asinh(0)+acosh(1)+atanh(0)", 0)]
    [InlineData("hypot(3e300,4e300)/1e300", 5)]
    [InlineData("log1p(1e-20)*1e20", 1)]
    [InlineData("expm1(1e-20)*1e20", 1)]
    [InlineData("erf(0.5)", 0.5204998778130465)]
    [InlineData("erfc(2)", 0.004677734981047266)]
    [InlineData("gamma(5)", 24)]
    [InlineData("gamma(-0.5)", -3.5449077018110318)]
    [InlineData("lgamma(100)/359.1342053695754", 1)]
    [InlineData("lgamma(-0.5)/1.2655121234846454", 1)]
    [InlineData("sec(0)+csc(pi/2)+cot(pi/4)", 3)]
    [InlineData("min(3,1,2)+max(1,5,2,4)", 6)]
    [InlineData("(1<2)+(2<=2)+(3>4)+(3>=4)+(5==5)+(5!=5)", 3)]
    [InlineData("1<2", 1)]
    [InlineData("if(2>1, 10, 20)", 10)]
    [InlineData("if(0, 1/0, 3)", 3)]
    [InlineData("cbrt(27)+abs(-1)+floor(1.9)+ceil(1.1)", 7)]
    public void Formula_should_follow_the_rules_of_arithmetic(string text, double expected) =>
        Assert.Equal(expected, Formula.Constant(text), 13);

    [Theory]
    [InlineData("x^2", 9)]
    [InlineData("x^16", 43046721)]
    [InlineData("(x+1)^3", 64)]
    [InlineData("x^0.5", 1.7320508075688772)]
    [InlineData("exp(-x)*x", 0.14936120510359183)]
    public void Formula_should_give_its_value_at_x(string text, double atThree)
    {
        var x = Expression.Parameter(typeof(double));
        var f = Expression.Lambda<Func<double, double>>(Formula.Parse(text, x), x).Compile();
        Assert.Equal(atThree, f(3), 14);
    }

    [Theory]
    [InlineData("", "at character 1: the expression ends")]
    [InlineData("1+", "at character 3: the expression ends")]
    [InlineData("(1+2", "a ')' is missing")]
    [InlineData("1+2)", "a ')' without its '('")]
    [InlineData("2x", "write 2*x, not 2x")]
    [InlineData("sinn(1)", "did you mean 'sin'?")]
    [InlineData("sin 1", "sin is a function; write sin(…)")]
    [InlineData("sin(1,2)", "takes 1 argument, not 2")]
    [InlineData("2**3", "'**' is written '^'")]
    [InlineData("1 $ 2", "'$' is not an operator")]
    [InlineData("1.2.3", "'1.2.3' is not a number")]
    [InlineData("x", "x has no value here")]
    [InlineData("sin(1)cos(1)", "an operator is missing; write sin(1)*cos(1)")]
    [InlineData("(1)(2)", "write (1)*(2)")]
    [InlineData("log(8,2)", "or log(x)/log(b) for base b")]
    [InlineData("X", "'X' is written x here")]
    [InlineData("t^2", "write x in place of t")]
    [InlineData("math.pi", "'math.pi' is written pi here")]
    [InlineData("np.sin(1)", "'np.sin' is written sin here")]
    [InlineData("SIN(1)", "'SIN' is written sin here")]
    [InlineData("arctan(1)", "'arctan' is written atan here")]
    [InlineData("|1|", "write abs(x) for |x|")]
    [InlineData("2|1|", "write abs(x) for |x|")]
    [InlineData("3²", "written ^2 or ^3")]
    [InlineData("3!", "write gamma(n+1) for n!")]
    [InlineData("2×3", "multiplication is written *")]
    [InlineData("√2", "written sqrt(x)")]
    [InlineData("1−2", "this minus is a dash")]
    [InlineData("1,5", "the decimal sign is a point")]
    [InlineData("0<1<2", "write (0<x)*(x<1)")]
    [InlineData("1=1", "write == to compare")]
    [InlineData("1&&1", "write (0<x)*(x<1)")]
    [InlineData("inf", "can only be a bound")]
    [InlineData("min(1)", "min takes 2 arguments or more, not 1")]
    [InlineData("if(1,2)", "if takes 3 arguments, not 2")]
    public void Formula_should_say_what_is_wrong_and_where(string text, string expected)
    {
        var error = Assert.Throws<UserError>(() => Formula.Constant(text));
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Formula_should_refuse_to_nest_without_end() =>
        Assert.Contains(
            "nested",
            Assert.Throws<UserError>(() => Formula.Constant(new string('(', 900) + "1" + new string(')', 900))).Message
        );

    [Fact]
    public void Formula_should_refuse_to_be_endless() =>
        Assert.Contains("characters", Assert.Throws<UserError>(() => Formula.Constant(new string('1', 3000))).Message);
}
