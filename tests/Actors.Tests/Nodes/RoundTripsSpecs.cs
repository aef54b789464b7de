using Akka.TestKit;

namespace Mailroom.Nodes;

public class RoundTripsSpecs : ActorSpec
{
    [Fact]
    public void Shortest_of_the_last_eight_should_count()
    {
        var trips = new RoundTrips(new TestTime(Clock));
        Assert.Equal(TimeSpan.Zero, trips.Least);
        trips.Answer(); // nobody has asked
        Assert.Equal(TimeSpan.Zero, trips.Least);
        Trip(10);
        foreach (var ms in new[] { 50, 40, 90, 60, 50, 70, 80 })
            Trip(ms);
        Assert.Equal(TimeSpan.FromMilliseconds(10), trips.Least);
        Trip(45);
        Assert.Equal(TimeSpan.FromMilliseconds(40), trips.Least);
        trips.Forget();
        Assert.Equal(TimeSpan.Zero, trips.Least);

        void Trip(int ms)
        {
            trips.Ask();
            Clock.Advance(TimeSpan.FromMilliseconds(ms));
            trips.Ask(); // the answer to the first is still on its way
            trips.Answer();
        }
    }
}
