using Mailroom.Host.Console;
using Mailroom.Host.Console.Completion;
using Mailroom.Kinds;

namespace Mailroom.Host;

public class ManPageSpecs
{
    private static readonly CommandTree Tree = new(Catalogue.BuiltIn);
    private static readonly IReadOnlyList<ManPage> Pages = ManPage.Of(Tree.Root, "1.2.3");

    [Fact]
    public void Every_command_should_have_a_page_and_the_first_should_name_them()
    {
        var names = Tree.Root.Subcommands.Where(command => !command.Hidden).Select(command => $"mailroom-{command.Name}").ToList();
        Assert.Equal(names.Prepend("mailroom"), Pages.Select(page => page.Name));
        Assert.All(names, name => Assert.Contains($".BR {name.Replace("-", "\\-", StringComparison.Ordinal)} (1)", Pages[0].Text));
    }

    [Fact]
    public void Page_should_have_the_options_and_what_is_below_its_command()
    {
        var send = Pages.Single(page => page.Name == "mailroom-send").Text.Split('\n');
        Assert.Equal(".TH MAILROOM-SEND 1 \"\" \"mailroom 1.2.3\"", send[0]);
        Assert.Contains(@"\fB\-\-workers\fR, \fB\-j\fR \fIN\fR", send);
        Assert.Contains(".SH MAILROOM SEND INTEGRATE", send);
        Assert.Contains("EXPRESSION [options]", send);
        Assert.Contains(@"\fB\-\-rule\fR \fIleft|midpoint|trapezoid|simpson\fR", send);
    }

    [Fact]
    public void Line_of_text_should_never_be_taken_for_a_request_of_roff() =>
        Assert.All(
            Pages.SelectMany(page => page.Text.Split('\n')),
            line => Assert.Matches(@"^(\.(TH|SH|SS|TP|PP|B|BR|I) ?.*|[^.'].*|)$", line)
        );
}
