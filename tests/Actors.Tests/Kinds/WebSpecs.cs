using System.Net;
using Mailroom.BuiltIn;
using Mailroom.BuiltIn.Files;
using Mailroom.BuiltIn.Web;

namespace Mailroom.Kinds;

public class WebSpecs
{
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("224.0.0.1", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("64:ff9b::a00:1", true)]
    [InlineData("2002:a00:1::", true)]
    [InlineData("2606:4700::1", false)]
    public void Private_addresses_should_be_told_from_public_ones(string address, bool isPrivate) =>
        Assert.Equal(isPrivate, DownloadClient.IsPrivate(IPAddress.Parse(address)));

    [Fact]
    public void File_names_should_be_safe_and_each_given_once()
    {
        var names = new FileNames();
        string Of(string url) => names.Of(new Uri(url));
        Assert.Equal("a.tar.gz", Of("http://x/dir/a.tar.gz?query#part"));
        Assert.Equal("a.tar-2.gz", Of("http://y/a.tar.gz"));
        Assert.Equal("example.org", Of("http://example.org/"));
        Assert.Equal("_bashrc", Of("http://x/.bashrc"));
        Assert.Equal("_._.._etc_passwd", Of("http://x/%2e%2e%2f%2e%2e%2fetc%2fpasswd"));
        Assert.Equal(200, Of($"http://x/{new string('n', 5_000)}").Length);
    }

    [Theory]
    [InlineData("Storm over", "storm", true, true)]
    [InlineData("Storms over", "storm", true, false)]
    [InlineData("brainstorm, storm!", "storm", true, true)]
    [InlineData(null, "storm", false, false)]
    [InlineData("", "storm", false, false)]
    public void Word_should_be_found_by_any_case_and_as_a_whole_where_that_is_asked(string? text, string word, bool anywhere, bool whole)
    {
        Assert.Equal(anywhere, Headlines.Holds(text, word, whole: false));
        Assert.Equal(whole, Headlines.Holds(text, word, whole: true));
    }
}
