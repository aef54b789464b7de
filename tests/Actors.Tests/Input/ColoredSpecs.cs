namespace Mailroom.Input;

public class ColoredSpecs
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\u001b[31mred\u001b[0m", "\u001b[31mred\u001b[0m")]
    [InlineData("\u001b[1;33mbold\u001b[m", "\u001b[1;33mbold\u001b[m")]
    [InlineData("\u001b[2J\u001b[H\u001b]0;title\u0007", "\\u001B[2J\\u001B[H\\u001B]0;title\\u0007")]
    [InlineData("\u001b[8mhidden", "\\u001B[8mhidden")]
    [InlineData("\u001b[0;8mhidden", "\\u001B[0;8mhidden")]
    [InlineData("\u009b2J\u202egnp.exe", "\\u009B2J\\u202Egnp.exe")]
    [InlineData("a\rb\bc\n\td", "a\\u000Db\\u0008c\n\td")]
    public void Line_for_a_terminal_should_keep_colours_and_nothing_else_that_a_terminal_obeys(string text, string expected) =>
        Assert.Equal(expected, Visible.Colored(text));
}
