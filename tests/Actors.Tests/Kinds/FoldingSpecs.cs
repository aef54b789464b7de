using Mailroom.BuiltIn;
using Mailroom.BuiltIn.Text;

namespace Mailroom.Kinds;

public class FoldingSpecs
{
    [Theory]
    [InlineData("ABC", "abc")]
    [InlineData("cafe\u0301s", "caf\u00E9s")]
    [InlineData("CAF\u00C9S", "caf\u00E9s")]
    [InlineData("Stra\u00DFe", "strasse")]
    [InlineData("STRA\u1E9EE", "strasse")]
    [InlineData("\uFB01n", "fin")]
    [InlineData("\u0130", "i\u0307")]
    [InlineData("\u0131", "\u0131")]
    [InlineData("\u03A3\u03A3", "\u03C3\u03C3")]
    [InlineData("\u03C2", "\u03C3")]
    [InlineData("\u212B", "\u00E5")]
    [InlineData("\u2126", "\u03C9")]
    [InlineData("A\u0323\u0307", "\u1EA1\u0307")]
    [InlineData("A\u0307\u0323", "\u1EA1\u0307")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u01C5", "\u01C6")]
    [InlineData("\u1F80", "\u1F00\u03B9")]
    public void Folding_should_make_texts_equal_that_only_differ_in_case_or_in_how_they_are_written(string text, string folded) =>
        Assert.Equal(folded, Folding.Of(text));

    [Theory]
    [InlineData("cafe\u0301", "CAF\u00C9 society", true)]
    [InlineData("stra\u00DFe", "STRASSE", true)]
    [InlineData("storm", "stormy", false)]
    [InlineData("storm", "(storm)", true)]
    [InlineData("e", "e\u0301", false)]
    [InlineData("e", "e\u0323", false)]
    public void Headlines_should_compare_letters_and_not_the_way_they_are_written(string word, string text, bool holds) =>
        Assert.Equal(holds, Headlines.Holds(text, Folding.Of(word), whole: true));
}
