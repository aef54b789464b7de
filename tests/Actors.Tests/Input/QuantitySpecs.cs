namespace Mailroom.Input;

public class QuantitySpecs
{
    [Theory]
    [InlineData("100000000", 100_000_000)]
    [InlineData("100M", 100_000_000)]
    [InlineData("1e8", 100_000_000)]
    [InlineData("1_000_000", 1_000_000)]
    [InlineData("2G", 2_000_000_000)]
    [InlineData("1.5k", 1_500)]
    [InlineData("-5", -5)]
    [InlineData("9007199254740993", 9_007_199_254_740_993)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void Count_should_read_the_ways_people_write_numbers(string text, long expected)
    {
        Assert.True(Quantity.TryCount(text, out var count));
        Assert.Equal(expected, count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("1.5")]
    [InlineData("2.9")]
    [InlineData("1.0005k")]
    [InlineData("0.1e0")]
    [InlineData("1e400")]
    [InlineData("NaN")]
    [InlineData("ten")]
    [InlineData("1MM")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("9.3e18")]
    [InlineData("10000000000000000T")]
    public void Count_should_refuse_what_is_no_whole_number(string text) => Assert.False(Quantity.TryCount(text, out _));

    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("5s", 5)]
    [InlineData("2m", 120)]
    [InlineData("1h", 3600)]
    [InlineData("0", 0)]
    [InlineData("1.5s", 1.5)]
    [InlineData("00:00:00.2000000", 0.2)]
    [InlineData("01:00:00", 3600)]
    [InlineData("1.00:00:00", 86400)]
    public void Duration_should_read_units(string text, double seconds)
    {
        Assert.True(Quantity.TryDuration(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds, 9);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("-5s")]
    [InlineData("5 parsecs")]
    [InlineData("")]
    [InlineData("1:30")]
    [InlineData("-00:00:01")]
    [InlineData("10001.00:00:00")]
    public void Duration_should_refuse_what_has_no_unit_or_sense(string text) => Assert.False(Quantity.TryDuration(text, out _));

    [Theory]
    [InlineData("10kB", 10_000)]
    [InlineData("64MiB", 67_108_864)]
    [InlineData("17", 17)]
    public void Size_should_read_decimal_and_binary_units(string text, long expected)
    {
        Assert.True(Quantity.TrySize(text, out var bytes));
        Assert.Equal(expected, bytes);
    }
}

public class NearestSpecs
{
    [Theory]
    [InlineData("sned", "send")]
    [InlineData("integrat", "integrate")]
    [InlineData("THREADS", "threads")]
    public void Nearest_should_find_the_word_that_was_meant(string word, string expected) =>
        Assert.Equal(expected, Nearest.To(word, ["send", "jobs", "integrate", "threads"]));

    [Fact]
    public void Nearest_should_say_nothing_when_nothing_is_near() => Assert.Equal("", Nearest.Hint("xyzzy", ["send", "jobs"]));
}

public class VisibleSpecs
{
    [Fact]
    public void Visible_should_disarm_what_moves_the_terminal() =>
        Assert.Equal("\\u001B[2Jevil\\u000A\\u202E.txt", Visible.Text("\u001b[2Jevil\n\u202e.txt"));

    [Fact]
    public void Visible_should_keep_lines_when_asked() => Assert.Equal("a\n\tb\\u0007", Visible.Text("a\n\tb\a", keepLines: true));

    [Fact]
    public void Visible_should_leave_letters_of_all_languages() => Assert.Equal("grüße 世界", Visible.Text("grüße 世界"));

    [Theory]
    [InlineData("1.1kB", 1_100)]
    [InlineData("1.5KiB", 1_536)]
    [InlineData("0.5MiB", 524_288)]
    public void Size_should_be_read_in_decimal(string text, long expected)
    {
        Assert.True(Quantity.TrySize(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("0.9B")]
    [InlineData("1.2345kB")]
    [InlineData("0.0001KiB")]
    public void Size_should_refuse_a_part_of_a_byte(string text) => Assert.False(Quantity.TrySize(text, out _));
}
