using Mailroom.BuiltIn;
using Mailroom.BuiltIn.Integration;

namespace Mailroom.Kinds;

public class IntegrandSpecs
{
    private const int Lanes = 16;

    // Three rounds of all lanes, and a rest.
    private const int Steps = (3 * Lanes) + 5;

    [Theory]
    [InlineData("x")]
    [InlineData("-x + 2 - x*3/7")]
    [InlineData("atan2(-(x-x), -1)")] // pi, or -pi where zero has lost its sign
    [InlineData("if(x<0.5, sin(x), if(x<1, gamma(x), if(x>9, 0/0, x)))")]
    [InlineData("x^7 - (x+1)^2 + x^0.3")]
    [InlineData("x % 0.3 - mod(-x, 0.7)")]
    [InlineData("(x<1) + 2*(x<=1) + 4*(x>1) + 8*(x>=1) + 16*(x==1) + 32*(x!=1)")]
    [InlineData("if(x<1, sqrt(x), 1/x)")]
    [InlineData("if(sqrt(x-1) != 0, 1, 2)")] // what is no number is not 0 either
    [InlineData("sqrt(abs(x-2)) + floor(x*3) - ceil(x*5)")]
    [InlineData("sin(x) + cos(x) - tan(x/9) + atan2(x, 2) + hypot(x, 3)")]
    [InlineData("exp(-x) + log(x+1) + log1p(x) + expm1(x/9) + erf(x) + gamma(x+1)")]
    [InlineData("round(x*3) - trunc(x*3) + sign(x-1) + min(x, 1, 2) + max(x, 1)")]
    public void Vector_should_give_each_value_to_the_bit(string expression)
    {
        var integrand = Integrand.Of(new Integrate.Args(expression, "0.1", "2.1", Steps));
        Assert.Equal(ByLanes(integrand), integrand.Sum(0.5, 0, Steps, shrinks: false));
    }

    [Theory]
    [InlineData("-inf", "inf")]
    [InlineData("1", "inf")]
    [InlineData("inf", "1")]
    [InlineData("-inf", "-1")]
    [InlineData("-1e308", "1e308")]
    public void Vector_should_give_each_value_of_an_interval_that_is_not_finite(string from, string to)
    {
        var integrand = Integrand.Of(new Integrate.Args("exp(-x^2)", from, to, Steps));
        Assert.Equal(ByLanes(integrand), integrand.Sum(0.5, 0, Steps, shrinks: false));
    }

    /// <summary>One value after the other, each added to the sum of its lane; those of the last, incomplete round to one more.</summary>
    private static Compensated ByLanes(Integrand integrand)
    {
        var sums = new double[Lanes + 1];
        var errors = new double[Lanes + 1];
        for (var i = 0; i < Steps; i++)
        {
            var lane = i < Steps - (Steps % Lanes) ? i % Lanes : Lanes;
            var term = integrand.ValueAt(integrand.U(i + 0.5)) - errors[lane];
            var next = sums[lane] + term;
            errors[lane] = next - sums[lane] - term;
            sums[lane] = next;
        }
        return sums.Zip(errors).Aggregate(new Compensated(0, 0), (total, lane) => total.Add(lane.First).Add(-lane.Second));
    }
}
