using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Mailroom.Logs;

public partial class EventSpecs
{
    private static readonly string Root = Path.GetFullPath("../../../", Folder());

    /// <summary>Each event by the name that the code has for it.</summary>
    private static readonly Dictionary<string, Event> All = typeof(Event)
        .GetProperties(BindingFlags.Public | BindingFlags.Static)
        .ToDictionary(property => property.Name, property => (Event)property.GetValue(null)!);

    [Fact]
    public void Events_should_all_stand_in_the_table_and_the_table_should_have_no_others()
    {
        var documented = Row().Matches(File.ReadAllText(Path.Combine(Root, "docs", "events.md"))).Select(match => match.Groups[1].Value);
        Assert.Equal(All.Values.Select(e => e.Name).Where(name => name != "akka").Order(), documented.Order());
    }

    [Fact]
    public void Event_should_be_named_in_the_code_as_in_the_logs() =>
        Assert.All(All, e => Assert.Equal(e.Value.Name.Replace("-", "").Replace(".", ""), e.Key, ignoreCase: true));

    [Fact]
    public void Events_should_all_be_logged_by_somebody()
    {
        var code = string.Concat(
            Directory
                .EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
                .Select(File.ReadAllText)
        );
        Assert.All(All.Keys, name => Assert.Contains($"Event.{name}", code, StringComparison.Ordinal));
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex(@"^\| `([a-z]+\.[a-z-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
