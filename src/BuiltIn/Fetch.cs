using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Serialization;
using Mailroom.BuiltIn.Files;
using Mailroom.BuiltIn.Web;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <summary>Downloads files, or only counts their bytes.</summary>
public sealed class Fetch : JobKind<Fetch.Args, Fetch.Item, Fetch.Row, Fetch.Report>
{
    private static readonly ConcurrentDictionary<(int PerHost, string Authority), SemaphoreSlim> Seats = new();

    public sealed record Args(
        [property: Positional("http and https addresses; - reads them from stdin")] IReadOnlyList<string>? Url = null,
        [property: Option("a file with one address a line; - is stdin; empty lines and lines with # are passed over")]
        [property: Lines]
            string Urls = "",
        [property: Option(
            "the folder to write the files into, each named after the end of its address; without it the bytes are only counted"
        )]
        [property: Path]
            string Out = "",
        [property: Option("replace files that are there; otherwise what has a name that is there is not fetched")] bool Overwrite = false,
        [property: Option("give up a file that is bigger, such as 10M; 0 takes any")] long MaxBytes = 0,
        [property: Option("time for one try of a file; without it only 30s without a byte end it")] TimeSpan Timeout = default,
        [property: Option("connect to public addresses only, on redirects too")] bool RefusePrivate = false,
        [property: Option("most connections to one host, from each process")] int PerHost = 16,
        [property: Option("ask for compressed bodies, and decode them; without it a body is saved as it comes")] bool Decode = false
    );

    /// <param name="File">the name that the file gets</param>
    public sealed record Item(string Url, string File);

    /// <param name="Status">of HTTP, or null when none came</param>
    /// <param name="Bytes">received</param>
    /// <param name="File">what it is called in the folder, or null when bytes were only counted</param>
    /// <param name="Skipped">it was there already</param>
    /// <param name="Encoding">the content coding in which it is saved, such as gzip, or null</param>
    public sealed record Row(
        string Url,
        int? Status,
        long Bytes,
        double Seconds,
        string? File,
        bool Skipped,
        string? Error,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Encoding = null
    );

    /// <param name="Skipped">not fetched, because a file of that name was there</param>
    public sealed record Report(int Ok, int Skipped, int Failed, long Bytes, IReadOnlyList<Row> Rows);

    public override string Name => "fetch";

    public override string Summary =>
        "Downloads files into a folder, or counts their bytes; a list that was interrupted goes on where it stood.";

    public override Technique Preferred => Technique.Async;

    public override string Because => "downloads wait for servers, and one thread can hold hundreds of them";

    public override bool NeedsEveryPiece => false;

    public override FileUse Files(Args args) => args.Out.Length > 0 ? FileUse.Writes : FileUse.None;

    public override Args Check(Args args, string directory)
    {
        var complete = args with
        {
            Urls = args.Urls.Length == 0 ? "" : Path.GetFullPath(args.Urls, directory),
            Out = args.Out.Length == 0 ? "" : Path.GetFullPath(args.Out, directory),
        };
        if (args.Url is not { Count: > 0 } && args.Urls.Length == 0)
            throw new UserError("fetch: no address is given; name some, or a file of them with --urls FILE, or - for stdin");
        if (args.PerHost is < 1 or > 10_000)
            throw new UserError($"fetch: --per-host is {args.PerHost}, but it takes 1 to 10000");
        if (args.MaxBytes < 0)
            throw new UserError($"fetch: --max-bytes is {args.MaxBytes}, but it takes 0 (any) or more");
        if (Disk.IsFile(complete.Out))
            throw new UserError($"fetch: --out {Visible.Text(args.Out)} is a file, but it takes a folder");
        if (complete.Out.Length > 0 && SafeFile.WhyNoFolder(complete.Out) is { } reason)
            throw new UserError($"fetch: --out {Visible.Text(args.Out)} can't be written: {reason}");
        if (args.Timeout > TimeSpan.FromDays(30))
            throw new UserError($"fetch: --timeout is {Quantity.Text(args.Timeout)}, but it takes at most 30d");
        foreach (var (url, place) in Addresses(complete))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                throw new UserError($"fetch: {place}'{Visible.Text(url)}' is no http or https address, such as https://example.org/file");
            if (uri.UserInfo.Length > 0)
                throw new UserError(
                    $"fetch: {place}an address of {Visible.Text(uri.Host)} holds a user name or password, which would stand in logs; "
                        + "leave it out"
                );
        }
        return complete;
    }

    public override IEnumerable<Item> Split(Args args, SplitHint hint)
    {
        var names = new FetchFolder(args.Out);
        return new Counted<Item>(
            Addresses(args).Select(address => new Item(address.Url, names.NameOf(address.Url))),
            Addresses(args).Count()
        );
    }

    public override async ValueTask<Row> RunAsync(Args args, Item piece, PieceContext context)
    {
        var download = new Download(args, piece, DownloadClient.Of(new DownloadPolicy(args.PerHost, args.RefusePrivate)));
        if (download.IsThere)
            return FetchFolder.OriginOf(args.Out, piece.File) is { } other && other != FetchFolder.Noted(piece.Url)
                ? throw new GiveUpException(
                    $"{Visible.Text(piece.Url)}: {piece.File} is there already, from {Visible.Text(other)}; --overwrite replaces it",
                    null,
                    new Row(piece.Url, null, 0, 0, null, false, $"{piece.File} is there already, from {other}")
                )
                : new Row(piece.Url, null, 0, 0, piece.File, Skipped: true, null);
        // A wait for one of the host's connections is no fault of the server's: the clocks start behind it.
        var seat = Seats.GetOrAdd((args.PerHost, new Uri(piece.Url).Authority), _ => new SemaphoreSlim(args.PerHost));
        await seat.WaitAsync(context.Cancellation).ConfigureAwait(false);
        try
        {
            return await RunAsync(args, piece, download, context).ConfigureAwait(false);
        }
        finally
        {
            seat.Release();
        }
    }

    private static async ValueTask<Row> RunAsync(Args args, Item piece, Download download, PieceContext context)
    {
        var started = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        if (args.Timeout > TimeSpan.Zero)
            limit.CancelAfter(args.Timeout);
        try
        {
            await download.RunAsync(limit.Token).ConfigureAwait(false);
            return Result(null);
        }
        catch (OperationCanceledException) when (!context.Cancellation.IsCancellationRequested)
        {
            var reason = limit.IsCancellationRequested
                ? $"timed out after {Quantity.Text(args.Timeout)}"
                : $"nothing came for {Quantity.Text(Download.Stall)}";
            throw new AttemptFailedException($"{Visible.Text(piece.Url)}: {reason}", Result(reason));
        }
        catch (Exception error)
            when (error
                    is HttpRequestException
                        or IOException
                        or InvalidDataException
                        or DownloadFailedException
                        or UnauthorizedAccessException
            )
        {
            throw Failed(piece, download, error is HttpRequestException { InnerException: { } inner } ? inner : error, Result);
        }

        Row Result(string? error) =>
            new(
                piece.Url,
                download.Status,
                download.Bytes,
                Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 6),
                args.Out.Length == 0 || error is not null ? null : piece.File,
                false,
                error,
                error is null ? download.Encoding : null
            );
    }

    private static Exception Failed(Item piece, Download download, Exception cause, Func<string, Row> result)
    {
        var reason = Visible.Text(cause.Message) + download.Way;
        var line = $"{Visible.Text(piece.Url)}: {reason}";
        return cause is PrivateAddressException or UnauthorizedAccessException or DownloadFailedException { MayHelp: false }
            ? new GiveUpException(line, null, result(reason))
            : new AttemptFailedException(line, result(reason), (cause as DownloadFailedException)?.After, cause);
    }

    public override Report Combine(Args args, IEnumerable<Row> results)
    {
        var rows = results.ToList();
        var failed = rows.Count(row => row.Error is not null);
        var skipped = rows.Count(row => row.Skipped);
        return new Report(rows.Count - failed - skipped, skipped, failed, rows.Sum(row => row.Bytes), rows);
    }

    public override string Text(Report answer) =>
        $"{answer.Ok} fetched, {(answer.Skipped > 0 ? $"{answer.Skipped} there already by name, " : "")}{answer.Failed} failed, "
        + $"{answer.Bytes} bytes"
        + string.Concat(answer.Rows.Where(row => row.Error is not null).Select(row => $"\n  {row.Url}: {row.Error}"))
        + string.Concat(
            answer
                .Rows.Where(row => row is { Encoding: not null, File: not null })
                .Select(row => $"\n  {row.Url}: {row.File} is saved as it came, in {row.Encoding}; --decode decodes it")
        );

    /// <summary>The addresses in their order, each with the words that say where it was read.</summary>
    private static IEnumerable<(string Url, string Place)> Addresses(Args args)
    {
        foreach (var url in args.Url ?? [])
            yield return (Escaped(url), "");
        if (args.Urls.Length == 0)
            yield break;
        var number = 0;
        foreach (var line in InputLines.Read("fetch", "--urls", args.Urls))
        {
            number++;
            if (line.Trim() is { Length: > 0 } url && url[0] != '#')
                yield return (Escaped(url), $"line {number} of {Visible.Text(args.Urls)}: ");
        }
    }

    // A byte that is no text can only be meant as itself (RFC 3986, 2.1).
    private static string Escaped(string url)
    {
        if (!Octets.Any(url))
            return url;
        var text = new System.Text.StringBuilder(url.Length + 16);
        for (var i = 0; i < url.Length; i++)
        {
            if (!Octets.IsEscape(url, i, out var octet))
            {
                text.Append(url[i]);
                continue;
            }
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"%{octet:X2}");
            i++;
        }
        return text.ToString();
    }
}
