using Mailroom.Kinds;
using Mailroom.Techniques;

namespace Mailroom.Advice;

public class TraitsSpecs
{
    [Fact]
    public void Each_technique_should_have_its_traits_once() =>
        Assert.Equal(Enum.GetValues<Technique>(), Traits.All.Select(traits => traits.By));

    [Fact]
    public void Only_pieces_of_processes_should_travel_and_have_bounds_for_it()
    {
        foreach (var traits in Traits.All)
        {
            var place = traits.In(TestSettings.Default, resumes: false);
            Assert.Equal(traits.Travels, place.Worker is null);
            Assert.Equal(traits.Travels, !place.Pool.Way.IsClosed);
            Assert.Equal(traits.Travels, place.Start > 0); // a host that stays has its nodes already
            Assert.Equal(0, traits.In(TestSettings.Default, resumes: true).Start);
        }
    }
}
