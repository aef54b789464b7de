using System.Text;
using Mailroom.BuiltIn.Files;
using Mailroom.Input;

namespace Mailroom.Kinds;

public sealed class InputLinesSpecs : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    private string[] Read(byte[] bytes, byte separator = InputLines.LineFeed)
    {
        File.WriteAllBytes(_path, bytes);
        return [.. InputLines.Read("kind", "--list", _path, separator)];
    }

    [Fact]
    public void Lines_should_end_with_a_line_feed_and_with_nothing_else() =>
        Assert.Equal(["a\rb", "c\r", "", "d"], Read("a\rb\nc\r\n\nd"u8.ToArray()));

    [Fact]
    public void Lines_should_be_cut_where_they_are_told_to() => Assert.Equal(["a\nb", "c"], Read("a\nb\0c\0"u8.ToArray(), 0));

    [Fact]
    public void Lines_should_be_none_in_an_empty_file() => Assert.Empty(Read([]));

    [Fact]
    public void Lines_should_pass_over_a_mark_of_utf8() => Assert.Equal(["a"], Read([0xEF, 0xBB, 0xBF, 0x61, 0x0A]));

    [Fact]
    public void Lines_should_be_as_long_as_they_are()
    {
        var lines = Read(Encoding.UTF8.GetBytes(new string('x', 300_000) + "\n" + new string('y', 100_000)));
        Assert.Equal([300_000, 100_000], lines.Select(line => line.Length));
    }

    [Fact]
    public void Lines_should_be_refused_in_utf16() =>
        Assert.Contains("is UTF-16, but a list is UTF-8", Assert.Throws<UserError>(() => Read([0xFF, 0xFE, 0x61, 0])).Message);
}
