using System.Text.Json.Nodes;
using Mailroom.Client;
using Mailroom.Host.Comparison.Peers;
using Mailroom.Jobs;

namespace Mailroom.Host;

public class PythonPeerSpecs
{
    [InstalledFact("python3")]
    public async Task Python_should_come_to_the_same_answer_by_each_of_its_ways()
    {
        var practice = await RunAsync("practice", "20 pieces ran", ("count", "20"), ("wait", "1ms"), ("say", false));
        Assert.Equal(["python threads", "python processes", "python asyncio"], practice.Runs.Take(3).Select(runs => runs.Name));
        Assert.All(practice.Runs, runs => Assert.Null(runs.Died));
        Assert.DoesNotContain(practice.Notes, note => note.Contains("ANOTHER", StringComparison.Ordinal));
        Assert.Contains(practice.Notes, note => note.StartsWith("python is Python 3", StringComparison.Ordinal));

        var folder = Directory.CreateTempSubdirectory("mailroom-peer-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.txt"), "The host's end, the END of it_all");
        var words = await RunAsync("words", "      2 end\n      2 the", ("path", new JsonArray(folder.FullName)), ("top", "2"));
        folder.Delete(recursive: true);
        Assert.All(words.Runs, runs => Assert.Equal("      2 end\n      2 the", runs.Answer));

        var integral = await RunAsync(
            "integrate",
            "333.3333333333333",
            ("expression", "x^2"),
            ("from", "0"),
            ("to", "10"),
            ("steps", "100k")
        );
        Assert.All(integral.Runs, runs => Assert.Equal(333.33333, double.Parse(runs.Answer!), 1e-5));
    }

    [InstalledFact("python3")]
    public async Task Python_should_say_what_it_does_not_know()
    {
        var run = await RunAsync("practice", "2 pieces ran", ("count", "2"), ("failAt", "1"));
        Assert.All(run.Runs, runs => Assert.Equal("it does not know failAt", runs.Died));
    }

    [Theory]
    [InlineData("333.33333333333337", "333.3333333333333", true)]
    [InlineData("333.333", "333.3333333333333", false)]
    [InlineData("    901 the\n    750 a", "901 the\n750 a", true)]
    [InlineData("901 the", "900 the", false)]
    [InlineData("901 the", null, false)]
    public void Answers_should_be_the_same_but_for_spaces_and_the_order_of_adding_up(string one, string? other, bool same) =>
        Assert.Equal(same, PythonPeer.IsSame(one, other));

    private static Task<PeerRuns> RunAsync(string kind, string answer, params (string Name, JsonNode Value)[] arguments) =>
        new PythonPeer(
            new JobRequest(kind, new JsonObject(arguments.Select(a => KeyValuePair.Create(a.Name, (JsonNode?)a.Value))), "/tmp"),
            workers: 2,
            runs: 1,
            say: _ => { }
        ).RunAsync(answer, CancellationToken.None);
}
