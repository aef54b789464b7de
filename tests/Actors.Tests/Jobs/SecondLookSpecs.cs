using Mailroom.Batches;
using Mailroom.Client;

namespace Mailroom.Jobs;

public class SecondLookSpecs
{
    // 100 pieces a second were estimated, of 20 ms by two workers: 0.5 s say enough.
    private static SecondLook Look(double waiting = 0) => new(new Profile(1000, 0.02, 0.02 * (1 - waiting), 0.02, 0, 24), 100);

    private static Cost Cost(double cpu) => new(0.02, cpu, 0.02, 0);

    [Fact]
    public void Pieces_that_come_half_as_fast_as_estimated_should_be_looked_at_again()
    {
        var look = Look();
        Assert.Null(look.Due(1, 10, 1000));
        Assert.Null(look.Due(1.4, 10, 1000)); // too soon to tell
        Assert.NotNull(look.Due(2, 59, 1000));
    }

    [Fact]
    public void Pieces_that_come_as_estimated_should_be_left_alone()
    {
        var look = Look();
        look.Due(1, 0, 1000);
        Assert.Null(look.Due(2, 51, 1000));
        Assert.Null(look.Due(3, 151, 1000));
        Assert.NotNull(look.Due(4, 160, 1000)); // each second by itself
    }

    [Fact]
    public void Job_that_is_nearly_over_should_be_left_alone()
    {
        var look = Look();
        look.Due(1, 0, 50);
        Assert.Null(look.Due(2, 30, 50));
        look = Look();
        look.Due(1, 0, 50);
        Assert.NotNull(look.Due(2, 0, 50)); // nobody knows when it will be over
        look = Look();
        look.Due(1, 41, 50);
        Assert.Null(look.Due(2, 41, 50)); // the last ones are long
        look = Look();
        look.Due(1, 0, null);
        Assert.NotNull(look.Due(2, 30, null));
    }

    [Fact]
    public void Time_in_which_nothing_may_come_should_not_count()
    {
        var look = Look();
        look.Due(1, 0, 1000);
        look.Pass();
        Assert.Null(look.Due(5, 0, 1000));
        Assert.NotNull(look.Due(6, 0, 1000));
    }

    [Theory]
    [InlineData(0, 0.001, "they wait where they computed")]
    [InlineData(1, 0.02, "they compute where they waited")]
    [InlineData(0, 0.015, null)]
    public void Pieces_that_wait_where_they_computed_should_be_looked_at_again(double waiting, double cpu, string? why)
    {
        var look = Look(waiting);
        look.Due(1, 0, 1000);
        look.Measure([.. Enumerable.Repeat(Cost(cpu), 100)]);
        Assert.Equal(why, look.Due(2, 100, 1000));
    }

    [Fact]
    public void Long_pieces_should_be_waited_for()
    {
        var look = new SecondLook(new Profile(100, 10, 10, 10, 0, 24), 0.2);
        look.Due(0, 0, 100);
        Assert.Null(look.Due(60, 0, 100)); // ten should have come after 50 s, and each takes 10
        Assert.NotNull(look.Due(80, 0, 100));
    }
}
