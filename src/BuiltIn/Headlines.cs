using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Mailroom.BuiltIn.Programs;
using Mailroom.BuiltIn.Text;
using Mailroom.BuiltIn.Web;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <summary>Asks a news API for its sources and counts a word in their articles: work that waits nearly all of its time.</summary>
public sealed class Headlines : JobKind<Headlines.Args, Headlines.Source, Headlines.Count, Headlines.Report>
{
    private const string UsualKey = "NEWS_API_KEY";
    private const int MaxPerHost = 100_000;

    // The most that the API gives at once.
    private const int PageSize = 100;

    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The two forms that the API of newsapi.org has had.</summary>
    public enum Dialect
    {
        /// <summary><c>/sources?language=en</c> and <c>/articles?source=ID&amp;sortBy=top</c></summary>
        V1,

        /// <summary><c>/top-headlines/sources</c> and <c>/top-headlines?sources=ID&amp;pageSize=100&amp;page=N</c></summary>
        V2,
    }

    public sealed record Args(
        [property: Positional("the word to count, in whatever case")] string Word,
        [property: Option("where the news API is, such as http://127.0.0.1:8080; 'mailroom newsroom' runs one for practice")] string Api,
        [property: Option("v1 or v2")] Dialect Dialect = Dialect.V1,
        [property: Option("count the word only where no letter or digit touches it")] bool WholeWord = false,
        [property: Option("the environment variable that holds the API's key; host and nodes read it from their own environment")]
            string KeyEnv = UsualKey,
        [property: Option("time for one request, its body included; 10s where nothing is said")] TimeSpan Timeout = default,
        [property: Option("tries of a request that fails or is answered by 429 or 5xx")] int Retries = 4,
        [property: Option("most requests at once to the API, from each process")] int PerHost = 100,
        [property: Option("read at most so many articles of a source, where the plan of the API forbids more; 0 reads all")]
            int MaxArticles = 0
    );

    /// <summary>A source of articles, by its id.</summary>
    public sealed record Source(string Id);

    /// <summary>What one source gave.</summary>
    /// <param name="Hits">titles and descriptions in which the word stands</param>
    /// <param name="Error">why it could not be asked, or null</param>
    /// <param name="Unread">articles that the source has beside those that were read</param>
    public sealed record Count(string Source, int Articles, int Hits, string? Error, int Unread = 0);

    /// <param name="Asked">sources</param>
    /// <param name="Failed">sources without an answer</param>
    /// <param name="Unread">articles that the API has beside those that were read: more than --max-articles, or than its plan
    /// allows</param>
    public sealed record Report(string Word, int Hits, int Articles, int Asked, int Failed, IReadOnlyList<Count> Sources, int Unread = 0);

    public override string Name => "headlines";

    public override string Summary =>
        "Asks every source of a news API for its articles and counts a word in their titles and descriptions.";

    public override Technique Preferred => Technique.Async;

    public override string Because => "its pieces wait for a server, and one thread can hold hundreds of waiting pieces";

    public override bool NeedsEveryPiece => false;

    public override Args Check(Args args, string directory)
    {
        if (args.Word.Trim().Length == 0)
            throw new UserError("headlines: WORD is empty; give the word to count");
        if (
            !Uri.TryCreate(args.Api, UriKind.Absolute, out var api)
            || api.Scheme is not ("http" or "https")
            || api.Query.Length > 0
            || api.Fragment.Length > 0
        )
            throw new UserError(
                $"headlines: --api is '{Visible.Text(args.Api)}', but it takes an address such as http://127.0.0.1:8080, without query"
            );
        if (api.UserInfo.Length > 0)
            throw new UserError(
                "headlines: --api holds a user name or password; put the key into an environment variable and name that with --key-env"
            );
        if (args.Timeout > TimeSpan.FromHours(24) || (args.Timeout > TimeSpan.Zero && args.Timeout < TimeSpan.FromMilliseconds(10)))
            throw new UserError($"headlines: --timeout is {Quantity.Text(args.Timeout)}, but it takes 10ms to 24h");
        if (args.Retries is < 1 or > 100)
            throw new UserError($"headlines: --retries is {args.Retries}, but it takes 1 to 100");
        if (args.PerHost is < 1 or > MaxPerHost)
            throw new UserError($"headlines: --per-host is {args.PerHost}, but it takes 1 to {MaxPerHost}");
        if (args.MaxArticles < 0)
            throw new UserError($"headlines: --max-articles is {args.MaxArticles}, but it takes 0 (all) or more");
        SecretVariables.Hide([args.KeyEnv]);
        if (args.KeyEnv != UsualKey && Environment.GetEnvironmentVariable(args.KeyEnv) is null)
            throw new UserError(
                $"headlines: --key-env names {Visible.Text(args.KeyEnv)}, but that is not set in this process's environment; set it "
                    + "for the host too"
            );
        return args with { Api = args.Api.TrimEnd('/'), Timeout = args.Timeout > TimeSpan.Zero ? args.Timeout : UsualTimeout };
    }

    public override IEnumerable<Source> Split(Args args, SplitHint hint) =>
        throw new NotSupportedException("the pieces come from the API: see SplitAsync");

    public override async ValueTask<IEnumerable<Source>> SplitAsync(Args args, SplitHint hint, CancellationToken cancellation)
    {
        var path = args.Dialect == Dialect.V1 ? "/sources?language=en" : "/top-headlines/sources";
        try
        {
            var ids = await GetAsync(args, path, "sources", Ids, cancellation).ConfigureAwait(false);
            return ids.Distinct(StringComparer.Ordinal).Select(id => new Source(id)).ToList();
        }
        catch (WebFailureException failure)
        {
            throw new GiveUpException($"{args.Api}{path} gave no list of sources: {failure.Message}", failure);
        }
    }

    public override async ValueTask<Count> RunAsync(Args args, Source piece, PieceContext context)
    {
        try
        {
            return args.Dialect == Dialect.V1
                ? await GetAsync(
                        args,
                        $"/articles?source={Uri.EscapeDataString(piece.Id)}&sortBy=top",
                        "articles",
                        articles => Counted(args, piece, articles, int.MaxValue),
                        context.Cancellation
                    )
                    .ConfigureAwait(false)
                : await PagesAsync(args, piece, context.Cancellation).ConfigureAwait(false);
        }
        catch (WebFailureException failure)
        {
            throw new GiveUpException(
                $"{Visible.Text(piece.Id)}: {failure.Message}",
                failure.InnerException,
                new Count(piece.Id, 0, 0, failure.Message)
            );
        }
    }

    public override Report Combine(Args args, IEnumerable<Count> results)
    {
        var counts = results.ToList();
        return new Report(
            args.Word,
            counts.Sum(count => count.Hits),
            counts.Sum(count => count.Articles),
            counts.Count,
            counts.Count(count => count.Error is not null),
            counts,
            counts.Sum(count => count.Unread)
        );
    }

    public override string Text(Report answer) =>
        $"'{answer.Word}' stands in {answer.Hits} titles and descriptions of {answer.Articles} articles; {answer.Asked} sources "
        + $"asked, {answer.Failed} failed"
        + (
            answer.Unread > 0
                ? $"; {answer.Unread} more articles were not read, because of --max-articles or of what the API's plan allows"
                : ""
        )
        + string.Concat(answer.Sources.Where(source => source.Error is not null).Select(source => $"\n  {source.Source}: {source.Error}"));

    /// <summary>In how many of the texts the word stands.</summary>
    /// <param name="word">folded, as the text will be: see <see cref="Folding"/></param>
    internal static bool Holds(string? text, string word, bool whole)
    {
        var folded = text is null ? "" : Folding.Of(text);
        for (var at = 0; (at = folded.IndexOf(word, at, StringComparison.Ordinal)) >= 0; at++)
            if (!whole || (!EndsInWord(folded.AsSpan(0, at)) && !BeginsWord(folded.AsSpan(at + word.Length))))
                return true;
        return false;

        static bool EndsInWord(ReadOnlySpan<char> text) =>
            Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done
            && (Rune.IsLetterOrDigit(rune) || Folding.IsMark(rune));

        static bool BeginsWord(ReadOnlySpan<char> text) =>
            Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && (Rune.IsLetterOrDigit(rune) || Folding.IsMark(rune));
    }

    /// <summary>All pages of a source's articles, up to the number that the API names.</summary>
    private static async Task<Count> PagesAsync(Args args, Source source, CancellationToken cancellation)
    {
        var all = new Count(source.Id, 0, 0, null);
        for (var page = 1; ; page++)
        {
            var (count, given, total) = (all, 0, 0);
            try
            {
                var most = args.MaxArticles == 0 ? int.MaxValue : args.MaxArticles - all.Articles;
                var path = $"/top-headlines?sources={Uri.EscapeDataString(source.Id)}&pageSize={PageSize}&page={page}";
                (count, given, total) = await GetAsync(
                        args,
                        path,
                        "articles",
                        (articles, answer) => (Counted(args, source, articles, most), articles.GetArrayLength(), Total(answer)),
                        cancellation
                    )
                    .ConfigureAwait(false);
            }
            catch (WebFailureException failure) when (page > 1 && failure.Status == HttpStatusCode.UpgradeRequired)
            {
                return all; // the plan of the key ends here, and what is unread says how much is behind it
            }
            all = all with { Articles = all.Articles + count.Articles, Hits = all.Hits + count.Hits };
            all = all with { Unread = Math.Max(0, total - all.Articles) };
            if (given == 0 || page * (long)PageSize >= total || (args.MaxArticles > 0 && all.Articles >= args.MaxArticles))
                return all;
        }

        static int Total(JsonElement answer) =>
            answer.TryGetProperty("totalResults", out var total)
            && total.ValueKind == JsonValueKind.Number
            && total.TryGetInt32(out var count)
                ? count
                : 0;
    }

    private static Count Counted(Args args, Source source, JsonElement articles, int most)
    {
        var all = articles.EnumerateArray().Where(article => article.ValueKind == JsonValueKind.Object).Take(most).ToList();
        var word = Folding.Of(args.Word.Trim());
        var hits = all.Sum(article => Hit("title", article) + Hit("description", article));
        return new Count(source.Id, all.Count, hits, null);

        int Hit(string property, JsonElement article) =>
            article.TryGetProperty(property, out var text)
            && text.ValueKind == JsonValueKind.String
            && Holds(text.GetString(), word, args.WholeWord)
                ? 1
                : 0;
    }

    private static List<string> Ids(JsonElement sources) =>
        [
            .. sources
                .EnumerateArray()
                .Where(source =>
                    source.ValueKind == JsonValueKind.Object
                    && source.TryGetProperty("id", out var id)
                    && id.ValueKind == JsonValueKind.String
                )
                .Select(source => source.GetProperty("id").GetString()!),
        ];

    /// <summary>Gets a list from the API and reads it.</summary>
    private static Task<T> GetAsync<T>(Args args, string path, string list, Func<JsonElement, T> read, CancellationToken cancellation) =>
        GetAsync(args, path, list, (found, _) => read(found), cancellation);

    /// <param name="read">is given the list, and the answer that it stands in</param>
    private static Task<T> GetAsync<T>(
        Args args,
        string path,
        string list,
        Func<JsonElement, JsonElement, T> read,
        CancellationToken cancellation
    )
    {
        var client = ApiClient.Of(new ApiPolicy(args.Timeout, args.Retries, args.PerHost));
        SecretVariables.Hide([args.KeyEnv]);
        return ApiClient.GetAsync(client, new Uri(args.Api + path), Environment.GetEnvironmentVariable(args.KeyEnv), Read, cancellation);

        T Read(JsonElement answer) =>
            answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(list, out var found) && found.ValueKind == JsonValueKind.Array
                ? read(found, answer)
                : throw new JsonException($"it has no list '{list}', which dialect {args.Dialect.Word()} promises");
    }
}
