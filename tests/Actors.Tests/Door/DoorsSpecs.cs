using Akka.Actor;

namespace Mailroom.Door;

public class DoorsSpecs
{
    [Theory]
    [InlineData("node-1", "node-1")]
    [InlineData("My_Far.Node-1", "_my___far._node-1")]
    [InlineData("A", "_a")]
    [InlineData("a__B", "a_____b")]
    public void Name_should_come_back_whole_from_an_address_in_which_Akka_knows_no_capitals(string name, string host)
    {
        Assert.Equal(host, Doors.HostOf(name));
        var address = Address.Parse(new Address("akka.tls", "node", Doors.HostOf(name), 7).ToString());
        Assert.Equal(name, Doors.NameOf(address.Host));
    }

    [Theory]
    [InlineData("A")]
    [InlineData("_1")]
    [InlineData("a_")]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a b")]
    public void Host_that_no_name_makes_should_be_none(string host) => Assert.Null(Doors.NameOf(host));
}
