using Mailroom.Client;
using Mailroom.Input;

namespace Mailroom.Jobs;

public class HaltRuleSpecs
{
    [Theory]
    [InlineData("now,fail=1", 1, 1, 100, true)]
    [InlineData("now,fail=2", 1, 50, 100, false)]
    [InlineData("soon,fail=3%", 3, 3, 100, true)]
    [InlineData("soon,fail=3%", 2, 50, 100, false)]
    [InlineData("soon,fail=50%", 1, 2, 2, false)]
    [InlineData("soon,fail=50%", 2, 3, null, false)]
    [InlineData("soon,fail=50%", 2, 3, 4, true)]
    [InlineData("now,fail=1", 0, 100, 100, false)]
    public void Rule_should_apply_to_so_many_dead_pieces(string rule, int dead, int settled, int? total, bool applies)
    {
        Assert.Equal(applies, HaltRule.Parse(rule).Applies(dead, settled, total));
        Assert.Equal(rule, HaltRule.Parse(rule).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("now")]
    [InlineData("later,fail=1")]
    [InlineData("now,fail=0")]
    [InlineData("now,fail=101%")]
    [InlineData("now,win=1")]
    public void Rule_should_be_refused_with_what_is_allowed(string rule) =>
        Assert.Contains(
            "it takes now or soon, a comma, and fail=N or fail=P%",
            Assert.Throws<UserError>(() => HaltRule.Parse(rule)).Message
        );
}
