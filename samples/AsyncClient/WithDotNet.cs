namespace AsyncClient;

/// <summary>The same loop twice; the second one does not wait for an answer before it asks again.</summary>
internal static class WithDotNet
{
    // More at once would only be more for the server to do at once.
    private const int Most = 100;

    public static async Task<int> OneByOneAsync(News news, string word)
    {
        var found = 0;
        foreach (var source in await news.SourcesAsync())
            found += await news.CountAsync(source, word);
        return found;
    }

    public static async Task<int> AllAtOnceAsync(News news, string word)
    {
        using var seats = new SemaphoreSlim(Most);
        return (await Task.WhenAll((await news.SourcesAsync()).Select(CountAsync))).Sum();

        async Task<int> CountAsync(string source)
        {
            await seats.WaitAsync();
            try
            {
                return await news.CountAsync(source, word);
            }
            finally
            {
                seats.Release();
            }
        }
    }
}
