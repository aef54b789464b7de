using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Mailroom.Logs;

public partial class EventSpecs
{
    [Fact]
    public void Events_should_all_stand_in_the_table_and_the_table_should_have_no_others()
    {
        var root = Path.GetFullPath("../../../", Folder());
        var logged = Directory
            .EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Event().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .Order(StringComparer.Ordinal);
        var documented = Row()
            .Matches(File.ReadAllText(Path.Combine(root, "docs", "events.md")))
            .Select(match => match.Groups[1].Value)
            .Order(StringComparer.Ordinal);
        Assert.Equal(logged, documented);
    }

    [Fact]
    public void Event_should_be_told_from_its_text_by_a_blank_or_it_is_taken_for_one_of_Akkas_own()
    {
        var root = Path.GetFullPath("../../../", Folder());
        var wrong = Directory
            .EnumerateFiles(Path.Combine(root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Event().Matches(File.ReadAllText(file)).Where(match => match.Groups[2].Value is not (" " or "\"")))
            .Select(match => match.Value);
        Assert.Empty(wrong);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex(@"(?:[lL]og\.(?:Debug|Info|Warning|Error)\(\s*(?:error,\s*)?|\[LoggerMessage\([A-Za-z.]+, )""([a-z]+\.[a-z-]+)(.)")]
    private static partial Regex Event();

    [GeneratedRegex(@"^\| `([a-z]+\.[a-z-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
