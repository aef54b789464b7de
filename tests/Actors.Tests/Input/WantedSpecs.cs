namespace Mailroom.Input;

public class WantedSpecs
{
    [Theory]
    [InlineData("Count", "12", 12)]
    [InlineData("Count", "1k", 1000)]
    [InlineData("Some", "1MiB", 1048576)]
    [InlineData("Size", "64kB", 64000L)]
    [InlineData("Share", "2.5%", 2.5)]
    [InlineData("Share", "100", 100.0)]
    [InlineData("Flag", "off", false)]
    [InlineData("Day", "friday", DayOfWeek.Friday)]
    [InlineData("Day", "Friday", DayOfWeek.Friday)]
    [InlineData("Day", "any", null)]
    [InlineData("Day", "ANY", null)]
    [InlineData("Flag", "True", true)]
    [InlineData("Text", "", "")]
    public void Text_should_be_read_as_what_is_wanted(string name, string text, object? expected)
    {
        Assert.True(Of(name).TryRead(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("Count", "0", "is '0', but it takes a whole number from 1 to 1000")]
    [InlineData("Count", "1kB", "is '1kB', but it takes a whole number from 1 to 1000")]
    [InlineData("Count", "99G", "is '99G', but it takes a whole number from 1 to 1000")]
    [InlineData("Some", "many", "is 'many', but it takes a whole number such as 1000, 100M or 1e6")]
    [InlineData("Size", "1", "is '1', but it takes a size such as 10kB or 64MiB, from 1024 to 100000 bytes")]
    [InlineData("Time", "0", "is '0', but it takes a duration such as 500ms, 5s or 2m, from 50ms to 30d")]
    [InlineData("Time", "31d", "is '31d', but it takes a duration such as 500ms, 5s or 2m, from 50ms to 30d")]
    [InlineData("Share", "101", "is '101', but it takes a percentage from 0 to 100")]
    [InlineData("Share", "5%%", "is '5%%', but it takes a percentage from 0 to 100")]
    [InlineData("Flag", "maybe", "is 'maybe', but it takes on or off")]
    [InlineData("Day", "fryday", "; did you mean 'friday'?")]
    [InlineData("Day", "3", "is '3', but it takes sunday, monday, tuesday, wednesday, thursday, friday, saturday or any")]
    public void Text_that_is_not_wanted_should_be_said_to_be_wrong(string name, string text, string expected)
    {
        Assert.False(Of(name).TryRead(text, out _));
        Assert.Contains(expected, Of(name).Wrong(text));
    }

    private static Wanted Of(string name) =>
        Wanted.Of(typeof(Values).GetConstructors().Single().GetParameters().Single(parameter => parameter.Name == name), null);

    private sealed record Values(
        [From(1, 1000)] int? Count,
        int Some,
        [Bytes(1024, 100_000)] long Size,
        [From(0.05, 30 * 86_400)] TimeSpan Time,
        [Percent] double Share,
        bool Flag,
        [Or("any")] DayOfWeek? Day,
        string Text
    );
}
