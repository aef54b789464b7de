using System.Text.Json.Nodes;
using Mailroom.BuiltIn;
using Mailroom.Input;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mailroom.Kinds;

public class IntegrateSpecs
{
    private static JsonObject Args(string expression, string from, string to, string steps = "10k", string rule = "midpoint") =>
        new()
        {
            ["expression"] = expression,
            ["from"] = from,
            ["to"] = to,
            ["steps"] = steps,
            ["rule"] = rule,
        };

    private static async Task<double> ValueAsync(JsonObject args, int? pieces = null, bool reversed = false, int workers = 1) =>
        JsonNode.Parse(await KindRun.AnswerAsync(new Integrate(), args, pieces, reversed, workers))!["value"]!.GetValue<double>();

    [Theory]
    [InlineData("left", "x^2", "0", "10", 333.283335)]
    [InlineData("midpoint", "x^2", "0", "10", 333.3333325)]
    [InlineData("trapezoid", "x^2", "0", "10", 333.333335)]
    [InlineData("simpson", "x^3", "0", "2", 4)]
    public async Task Integrate_should_follow_the_rule(string rule, string expression, string from, string to, double expected) =>
        Assert.Equal(expected, await ValueAsync(Args(expression, from, to, "10k", rule)), 9);

    [Theory]
    [InlineData("sin(x)", "0", "pi", 2)]
    [InlineData("1/(1+x^2)", "-1", "1", Math.PI / 2)]
    [InlineData("exp(-x)", "0", "1", 0.6321205588285577)]
    [InlineData("x^2", "10", "0", -333.3333333333333)]
    [InlineData("7", "0", "3", 21)]
    public async Task Integrate_should_agree_with_the_closed_form(string expression, string from, string to, double expected) =>
        Assert.Equal(expected, await ValueAsync(Args(expression, from, to, "100k", "simpson")), 12);

    [Fact]
    public async Task Integrate_should_be_exact_to_1e9_for_the_readmes_example() =>
        Assert.Equal(1, await ValueAsync(Args("x^2", "0", "10", "10M")) / (1000.0 / 3), 1e-12);

    [Fact]
    public async Task Integrate_should_give_the_same_bits_whatever_the_order_and_the_workers()
    {
        var args = Args("sin(x)*exp(-x)", "0", "7", "1M");
        var once = await ValueAsync((JsonObject)args.DeepClone());
        Assert.Equal(
            BitConverter.DoubleToInt64Bits(once),
            BitConverter.DoubleToInt64Bits(await ValueAsync(args, reversed: true, workers: 17))
        );
    }

    [Fact]
    public async Task Integrate_should_not_lose_small_terms_beside_big_ones() =>
        Assert.Equal(1e16 + 1, await ValueAsync(Args("1e16+1", "0", "1", "1M")), 0);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(1000, 10)]
    public void Integrate_should_cut_into_pieces_that_cover_every_step_once(int pieces, int expected)
    {
        var slices = new Integrate().Split(new Integrate.Args("x", "0", "1", Steps: 10), new SplitHint(2, pieces)).ToList();
        Assert.Equal(expected, slices.Count);
        Assert.Equal(
            Enumerable.Range(0, 10).Select(i => (long)i),
            slices.SelectMany(s => Enumerable.Range((int)s.Start, (int)(s.End - s.Start)).Select(i => (long)i))
        );
    }

    [Theory]
    [InlineData("1/x", "-1", "1", "3", "midpoint", "infinite at x = 0;")]
    [InlineData("ln(x)", "-1", "1", "4", "midpoint", "not a number at x = -")]
    [InlineData(
        "1/(x-1)",
        "0",
        "1",
        "100",
        "trapezoid",
        "infinite at x = 1, an end of the interval; --rule midpoint does not use the ends"
    )]
    [InlineData("1/sqrt(x)", "0", "1", "100", "left", "infinite at x = 0, an end of the interval; --rule midpoint does not use the ends")]
    [InlineData("1/(x-0.5)", "0", "1", "2", "simpson", "infinite at x = 0.5; choose an interval without that point")]
    [InlineData("x", "0", "1e308", "10", "midpoint", "more than a 64-bit number holds")]
    public async Task Integrate_should_name_the_point_where_the_expression_has_no_value(
        string expression,
        string from,
        string to,
        string steps,
        string rule,
        string expected
    ) =>
        Assert.Contains(
            expected,
            (await Assert.ThrowsAsync<GiveUpException>(() => ValueAsync(Args(expression, from, to, steps, rule)))).Message
        );

    [Theory]
    [InlineData("x", "1", "1", "10", "the interval is empty")]
    [InlineData("x", "0", "1", "0", "--steps is 0, but it takes 1 to")]
    [InlineData("x", "0", "1", "-5", "--steps is -5")]
    [InlineData("x", "0", "1", "many", "--steps is 'many', but it takes a whole number")]
    [InlineData("x", "0", "1/0", "10", "--to is '1/0', which is no finite interval's end")]
    [InlineData("x", "0/0", "1", "10", "--from is '0/0', which is not a number")]
    [InlineData("x", "a", "1", "10", "--from: in 'a' at character 1")]
    [InlineData("x", "0", "1", "1.5", "--steps is '1.5', but it takes a whole number")]
    public void Integrate_should_refuse_arguments_that_make_no_sense(
        string expression,
        string from,
        string to,
        string steps,
        string expected
    ) =>
        Assert.Contains(
            expected,
            Assert.Throws<UserError>(() => ((IKind)new Integrate()).Bind(Args(expression, from, to, steps), "/")).Message
        );

    [Theory]
    [InlineData("sqrt(0.9-x)", "0", "0.9", "7", "trapezoid")]
    [InlineData("asin(x)", "0.2", "1", "11", "simpson")]
    [InlineData("sqrt(x-0.9)", "2.7", "0.9", "7", "trapezoid")]
    public async Task Integrate_should_never_look_beyond_the_ends(string expression, string from, string to, string steps, string rule) =>
        Assert.True(double.IsFinite(await ValueAsync(Args(expression, from, to, steps, rule))));

    [Fact]
    public async Task Integrate_should_use_the_end_itself_as_the_last_point() =>
        Assert.Equal(0.5, await ValueAsync(Args("x==0.7", "0", "0.7", "1", "trapezoid")) / 0.7);

    [Theory]
    [InlineData("1e306*x", "0", "1", 5e305)]
    [InlineData("1e308", "0", "1", 1e308)]
    [InlineData("1e-300", "-1e308", "1e308", 2e8)]
    public async Task Integrate_should_not_overflow_where_the_integral_does_not(
        string expression,
        string from,
        string to,
        double expected
    ) => Assert.Equal(expected, await ValueAsync(Args(expression, from, to)), Math.Abs(expected) * 1e-6);

    [Theory]
    [InlineData("exp(-x^2)", "-inf", "inf", 1.7724538509055159)]
    [InlineData("exp(-x^2)", "inf", "-inf", -1.7724538509055159)]
    [InlineData("exp(-x)", "0", "inf", 1)]
    [InlineData("1/x^2", "2", "inf", 0.5)]
    [InlineData("exp(x)", "-inf", "1", Math.E)]
    [InlineData("1/(1+x^2)", "0", "-inf", -Math.PI / 2)]
    public async Task Integrate_should_reach_infinity_by_a_change_of_variable(string expression, string from, string to, double expected) =>
        Assert.Equal(expected, await ValueAsync(Args(expression, from, to, "1M")), 9);

    [Theory]
    [InlineData("x", "0", "inf", "trapezoid")]
    [InlineData("x", "-inf", "0", "left")]
    public void Integrate_should_name_the_rule_for_infinite_bounds(string expression, string from, string to, string rule) =>
        Assert.Contains(
            "--rule midpoint does without them",
            Assert.Throws<UserError>(() => ((IKind)new Integrate()).Bind(Args(expression, from, to, "10", rule), "/")).Message
        );

    [Theory]
    [InlineData("1/(x-0.3)", "0", "1", "near x = 0.3:")]
    [InlineData("1/(x-0.3)^2", "0", "1", "near x = 0.3:")]
    [InlineData("tan(x)", "0", "3", "near x = 1.5708:")]
    [InlineData("1/x", "0", "1", "near x = ")]
    [InlineData("1/x", "1", "inf", "near x = inf:")]
    [InlineData("1/(x-0.3)", "1", "0", "near x = 0.3:")]
    [InlineData("sin(1000*x)^2", "0", "10", null)]
    [InlineData("1/sqrt(x)", "0", "1", null)]
    [InlineData("x^-0.9", "0", "1", null)]
    [InlineData("ln(x)", "0", "1", null)]
    [InlineData("exp(-10000*(x-0.37)^2)", "0", "1", null)]
    [InlineData("1/(1e-6+(x-0.37)^2)", "0", "1", null)]
    [InlineData("floor(x)", "0", "10", null)]
    [InlineData("0*x", "0", "10", null)]
    public async Task Integrate_should_warn_where_a_sum_does_not_settle(string expression, string from, string to, string? near)
    {
        var notices = await KindRun.NoticesAsync(new Integrate(), Args(expression, from, to, "1M"));
        var warning = notices.SingleOrDefault(notice => notice.Contains("does not settle", StringComparison.Ordinal));
        if (near is null)
            Assert.Null(warning);
        else
            Assert.Contains(near, warning);
    }

    [Fact]
    public async Task Integrate_should_say_which_change_of_variable_it_made() =>
        Assert.Contains(
            "x is u/(1-u^2) here",
            Assert.Single(await KindRun.NoticesAsync(new Integrate(), Args("exp(-x^2)", "-inf", "inf")))
        );

    [Fact]
    public async Task Integrate_should_stop_when_it_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var context = new PieceContext(1, 0, 1, true, NullLogger.Instance, cancelled.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await new Integrate().RunAsync(new Integrate.Args("x", "0", "1"), new Integrate.Slice(0, 10), context)
        );
    }
}

public class ArgumentSpecs
{
    private static UserError Refused(JsonObject args) => Assert.Throws<UserError>(() => ((IKind)new Integrate()).Bind(args, "/"));

    [Fact]
    public void Arguments_should_name_the_nearest_when_one_is_unknown() =>
        Assert.Contains("did you mean 'steps'?", Refused(new JsonObject { ["stesp"] = "1" }).Message);

    [Fact]
    public void Arguments_should_say_which_one_is_missing() =>
        Assert.Contains("--to is missing", Refused(new JsonObject { ["expression"] = "x", ["from"] = "0" }).Message);

    [Fact]
    public void Arguments_should_name_the_nearest_choice() =>
        Assert.Contains(
            "did you mean 'simpson'?",
            Refused(
                new JsonObject
                {
                    ["expression"] = "x",
                    ["from"] = "0",
                    ["to"] = "1",
                    ["rule"] = "simson",
                }
            ).Message
        );

    [Fact]
    public void Arguments_should_survive_the_way_to_another_process()
    {
        IKind kind = new Integrate();
        var work = kind.Bind(
            new JsonObject
            {
                ["expression"] = "x",
                ["from"] = "0",
                ["to"] = "1",
                ["rule"] = "left",
            },
            "/"
        );
        Assert.Equal(work.ArgumentsJson, kind.Open(work.ArgumentsJson).ArgumentsJson);
    }

    [Fact]
    public void Catalogue_should_name_the_nearest_kind() =>
        Assert.Contains("did you mean 'checksum'?", Assert.Throws<UserError>(() => Catalogue.BuiltIn.Find("cheksum")).Message);
}
