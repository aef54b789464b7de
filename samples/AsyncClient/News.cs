using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AsyncClient;

/// <summary>The API. One HttpClient for all requests: it keeps connections and uses them again.</summary>
internal sealed class News(Uri address) : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    public async Task<IReadOnlyList<string>> SourcesAsync()
    {
        var answer = await _client.GetFromJsonAsync<JsonObject>("sources");
        return [.. answer!["sources"]!.AsArray().Select(source => (string)source!["id"]!)];
    }

    /// <summary>How many titles of a source have the word.</summary>
    public async Task<int> CountAsync(string source, string word)
    {
        var answer = await _client.GetFromJsonAsync<JsonObject>($"articles?source={source}&sortBy=top");
        // A title may be missing: what comes from outside is looked at.
        return answer!["articles"]!
            .AsArray()
            .Count(article => ((string?)article?["title"])?.Contains(word, StringComparison.OrdinalIgnoreCase) == true);
    }

    public void Dispose() => _client.Dispose();
}
