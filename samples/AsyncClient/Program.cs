// A client of a web API: the articles of every source that have a word in their title, one source after the other and all at once.
//
//   mailroom newsroom --sources 50 --delay 100ms       # in another terminal; it prints its address
//   dotnet run --project samples/AsyncClient -- http://127.0.0.1:PORT storm
using System.Diagnostics;
using System.Text.Json;
using AsyncClient;

if (args is not [var address, .. var rest] || rest.Length > 1 || !Uri.TryCreate(address, UriKind.Absolute, out var api))
{
    Console.Error.WriteLine("usage: AsyncClient http://127.0.0.1:PORT [WORD], where `mailroom newsroom` listens");
    return 2;
}
var word = rest.FirstOrDefault("storm");
using var news = new News(api);
try
{
    await ShowAsync("await, one after the other", () => WithDotNet.OneByOneAsync(news, word));
    await ShowAsync("await, all at once", () => WithDotNet.AllAtOnceAsync(news, word));
    await ShowAsync("an actor, all at once", () => WithActors.CountAsync(news, word));
    return 0;
}
catch (Exception error) when (error is HttpRequestException or JsonException or TaskCanceledException)
{
    Console.Error.WriteLine($"{api}: {error.Message}");
    return 1;
}

async Task ShowAsync(string how, Func<Task<int>> count)
{
    var begun = Stopwatch.GetTimestamp();
    var found = await count();
    Console.WriteLine($"{how}: {found} titles with '{word}' in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.00} s");
}
