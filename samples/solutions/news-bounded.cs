// mailroom lesson check news-bounded samples/solutions/news-bounded.cs
// Without `seats` it is the solution of news-at-once.
using System.Text.Json.Nodes;

using var client = new HttpClient { BaseAddress = new Uri(args[0]) };
using var seats = new SemaphoreSlim(5);
var sources = await GetAsync("sources", "sources");
Console.WriteLine((await Task.WhenAll(sources.Select(source => CountAsync((string)source!["id"]!)))).Sum());

async Task<int> CountAsync(string source)
{
    await seats.WaitAsync();
    try
    {
        var articles = await GetAsync($"articles?source={source}&sortBy=top", "articles");
        return articles.Count(article => ((string?)article!["title"])?.Contains(args[1], StringComparison.OrdinalIgnoreCase) == true);
    }
    finally
    {
        seats.Release();
    }
}

async Task<JsonArray> GetAsync(string path, string list) => JsonNode.Parse(await client.GetStringAsync(path))![list]!.AsArray();
