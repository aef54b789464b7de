// mailroom lesson check news-retry samples/solutions/news-retry.cs
// It is a solution of news-at-once too.
using System.Text.Json.Nodes;

using var client = new HttpClient { BaseAddress = new Uri(args[0]) };
var sources = await GetAsync("sources", "sources");
Console.WriteLine((await Task.WhenAll(sources.Select(source => CountAsync((string)source!["id"]!)))).Sum());

async Task<int> CountAsync(string source)
{
    var articles = await GetAsync($"articles?source={source}&sortBy=top", "articles");
    return articles.Count(article => ((string?)article!["title"])?.Contains(args[1], StringComparison.OrdinalIgnoreCase) == true);
}

async Task<JsonArray> GetAsync(string path, string list)
{
    for (var attempt = 1; ; attempt++)
    {
        using var answer = await client.GetAsync(path);
        if (answer.IsSuccessStatusCode)
            return JsonNode.Parse(await answer.Content.ReadAsStringAsync())![list]!.AsArray();
        if (attempt == 10 || (int)answer.StatusCode < 500)
            throw new HttpRequestException($"{path}: {answer.StatusCode}");
        await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(50 * attempt))); // not all again at once
    }
}
