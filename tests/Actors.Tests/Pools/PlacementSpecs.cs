namespace Mailroom.Pools;

public class PlacementSpecs
{
    [Theory]
    [InlineData("gpu-1", true)]
    [InlineData("gpu-*", true)]
    [InlineData("gpu-?", true)]
    [InlineData("fast", true)]
    [InlineData("f*t", true)]
    [InlineData("*", true)]
    [InlineData("gpu", false)]
    [InlineData("GPU-1", false)]
    [InlineData("gpu-1?", false)]
    [InlineData("fas", false)]
    public void Node_should_be_called_by_its_name_or_a_label(string pattern, bool isCalled) =>
        Assert.Equal(isCalled, new Placement(["other", pattern], IsHere: false).Allows(new Site("gpu-1", ["fast", "big"], IsHere: false)));

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    public void Job_with_files_should_be_allowed_where_they_are(bool hasFiles, bool isHere, bool isAllowed)
    {
        Assert.Equal(isAllowed, new Placement([], hasFiles).Allows(new Site("node-1", [], isHere)));
        Assert.Equal(isAllowed, new Placement(["node-*"], hasFiles).Allows(new Site("node-1", [], isHere)));
    }

    [Fact]
    public void Placement_should_say_what_it_needs()
    {
        Assert.Equal("a node on this machine, whose files it uses", new Placement([], IsHere: true).Text);
        Assert.Equal("a node with the name or label 'a' or 'b-*'", new Placement(["a", "b-*"], IsHere: false).Text);
    }
}
