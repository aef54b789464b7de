using System.Linq.Expressions;
using Mailroom.Input;
using Mailroom.Kinds.Integration;

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
    [InlineData("cbrt(27)+abs(-1)+floor(1.9)+ceil(1.1)", 7)]
    public void Formula_should_follow_the_rules_of_arithmetic(string text, double expected) => Assert.Equal(expected, Formula.Constant(text), 14);

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
    public void Formula_should_say_what_is_wrong_and_where(string text, string expected)
    {
        var error = Assert.Throws<UserError>(() => Formula.Constant(text));
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Formula_should_refuse_to_nest_without_end() =>
        Assert.Contains("nested", Assert.Throws<UserError>(() => Formula.Constant(new string('(', 900) + "1" + new string(')', 900))).Message);

    [Fact]
    public void Formula_should_refuse_to_be_endless() =>
        Assert.Contains("characters", Assert.Throws<UserError>(() => Formula.Constant(new string('1', 3000))).Message);
}
