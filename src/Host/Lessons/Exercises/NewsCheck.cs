using Mailroom.Host.Newsroom;

namespace Mailroom.Host.Lessons.Exercises;

/// <summary>Runs a learner's client against a newsroom that counts.</summary>
internal static class NewsCheck
{
    private const string Word = "storm";

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(30);

    /// <param name="fail">per cent of answers that are 500</param>
    /// <param name="judge">looks at what the server has counted</param>
    public static async Task<IReadOnlyList<Claim>> RunAsync(
        string file,
        double fail,
        Func<NewsServer, Claim> judge,
        CancellationToken cancellation
    )
    {
        var text = new NewsText(7, Sources: 40, Articles: 10);
        var server = new NewsServer(text, new NewsManners(Delay, TimeSpan.Zero, fail, 0, 0, null, null));
        await using var app = await server.StartAsync(0);
        var ran = await Learner.RunAsync(file, [app.Urls.Single(), Word], cancellation);
        var titles = Enumerable
            .Range(0, text.Sources)
            .SelectMany(source => Enumerable.Range(0, text.Articles).Select(article => text.Title(source, article)))
            .Count(title => title?.Contains(Word, StringComparison.OrdinalIgnoreCase) == true);
        return [ran.Says($"{titles}", $"titles with '{Word}'"), judge(server)];
    }
}
