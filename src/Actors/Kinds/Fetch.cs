using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds.Files;
using Mailroom.Kinds.Web;

namespace Mailroom.Kinds;

/// <summary>Downloads files, or only counts their bytes.</summary>
public sealed class Fetch : JobKind<Fetch.Args, Fetch.Item, Fetch.Row, Fetch.Report>
{
    private const int BufferBytes = 64 * 1024;

    // The folder, in that of the files, where it stands from which address each came.
    private const string Notes = ".mailroom-fetch";

    // Longer addresses are told apart by their beginning.
    private const int MaxNote = 16 * 1024;

    // A server that sends nothing for so long is taken for dead.
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(30);

    private static readonly ConcurrentDictionary<(int PerHost, string Authority), SemaphoreSlim> Seats = new();

    public sealed record Args(
        [property: Positional("http and https addresses; - reads them from stdin")] IReadOnlyList<string>? Url = null,
        [property: Option("a file with one address a line; - is stdin; empty lines and lines with # are passed over")][property: Lines] string Urls = "",
        [property: Option("the folder to write the files into, each named after the end of its address; without it the bytes are only counted")] string Out = "",
        [property: Option("replace files that are there; otherwise what has a name that is there is not fetched")] bool Overwrite = false,
        [property: Option("give up a file that is bigger, such as 10M; 0 takes any")] long MaxBytes = 0,
        [property: Option("time for one try of a file; without it only 30s without a byte end it")] TimeSpan Timeout = default,
        [property: Option("connect to public addresses only, on redirects too")] bool RefusePrivate = false,
        [property: Option("most connections to one host, from each process")] int PerHost = 16);

    /// <param name="File">the name that the file gets</param>
    public sealed record Item(string Url, string File);

    /// <param name="Status">of HTTP, or null when none came</param>
    /// <param name="Bytes">received</param>
    /// <param name="File">what it is called in the folder, or null when bytes were only counted</param>
    /// <param name="Skipped">it was there already</param>
    public sealed record Row(string Url, int? Status, long Bytes, double Seconds, string? File, bool Skipped, string? Error);

    /// <param name="Skipped">not fetched, because a file of that name was there</param>
    public sealed record Report(int Ok, int Skipped, int Failed, long Bytes, IReadOnlyList<Row> Rows);

    public override string Name => "fetch";

    public override string Summary => "Downloads files into a folder, or counts their bytes; a list that was interrupted goes on where it stood.";

    public override Technique Preferred => Technique.Async;

    public override string Because => "downloads wait for servers, and one thread can hold hundreds of them";

    public override bool NeedsEveryPiece => false;

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
        if (File.Exists(complete.Out))
            throw new UserError($"fetch: --out {Visible.Text(args.Out)} is a file, but it takes a folder");
        if (args.Timeout > TimeSpan.FromDays(30))
            throw new UserError($"fetch: --timeout is {Quantity.Text(args.Timeout)}, but it takes at most 30d");
        foreach (var (url, place) in Addresses(complete))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                throw new UserError($"fetch: {place}'{Visible.Text(url)}' is no http or https address, such as https://example.org/file");
            if (uri.UserInfo.Length > 0)
                throw new UserError($"fetch: {place}an address of {Visible.Text(uri.Host)} holds a user name or password, which would stand in logs; leave it out");
        }
        return complete;
    }

    public override IEnumerable<Item> Split(Args args, SplitHint hint)
    {
        var names = new FileNames();
        return new Counted<Item>(Addresses(args).Select(address => new Item(address.Url, names.Of(new Uri(address.Url)))), Addresses(args).Count());
    }

    public override async ValueTask<Row> RunAsync(Args args, Item piece, PieceContext context)
    {
        var download = new Download(args, piece, DownloadClient.Of(new DownloadPolicy(args.PerHost, args.RefusePrivate)));
        if (download.IsThere)
            return download.Origin is { } other && other != (piece.Url.Length > MaxNote ? piece.Url[..MaxNote] : piece.Url)
                ? throw new GiveUpException($"{Visible.Text(piece.Url)}: {piece.File} is there already, from {Visible.Text(other)}; --overwrite replaces it", null, new Row(piece.Url, null, 0, 0, null, false, $"{piece.File} is there already, from {other}"))
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
            var reason = limit.IsCancellationRequested ? $"timed out after {Quantity.Text(args.Timeout)}" : $"nothing came for {Quantity.Text(Stall)}";
            throw new AttemptFailedException($"{Visible.Text(piece.Url)}: {reason}", Result(reason));
        }
        catch (Exception error) when (error is HttpRequestException or IOException or DownloadFailedException or UnauthorizedAccessException)
        {
            var cause = error is HttpRequestException { InnerException: { } inner } ? inner : error;
            var reason = Visible.Text(cause.Message);
            throw cause is PrivateAddressException or UnauthorizedAccessException or DownloadFailedException { MayHelp: false }
                ? new GiveUpException($"{Visible.Text(piece.Url)}: {reason}", null, Result(reason))
                : new AttemptFailedException($"{Visible.Text(piece.Url)}: {reason}", Result(reason), (cause as DownloadFailedException)?.After, cause);
        }

        Row Result(string? error) => new(
            piece.Url, download.Status, download.Bytes, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 6), args.Out.Length == 0 || error is not null ? null : piece.File, false, error);
    }

    public override Report Combine(Args args, IEnumerable<Row> results)
    {
        var rows = results.ToList();
        var failed = rows.Count(row => row.Error is not null);
        var skipped = rows.Count(row => row.Skipped);
        return new Report(rows.Count - failed - skipped, skipped, failed, rows.Sum(row => row.Bytes), rows);
    }

    public override string Text(Report answer) =>
        $"{answer.Ok} fetched, {(answer.Skipped > 0 ? $"{answer.Skipped} there already by name, " : "")}{answer.Failed} failed, {answer.Bytes} bytes"
        + string.Concat(answer.Rows.Where(row => row.Error is not null).Select(row => $"\n  {row.Url}: {row.Error}"));

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
            if (Octets.IsEscape(url, i, out var octet))
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"%{octet:X2}");
            else
                text.Append(url[i]);
            i += Octets.IsEscape(url, i, out _) ? 1 : 0;
        }
        return text.ToString();
    }

    /// <summary>One try of one file.</summary>
    private sealed class Download(Args args, Item item, HttpClient client)
    {
        private readonly string _path = Path.Combine(args.Out, item.File);

        public int? Status { get; private set; }

        public long Bytes { get; private set; }

        /// <summary>The address that the file of this name was fetched from, if it was fetched.</summary>
        public string? Origin
        {
            get
            {
                try
                {
                    using var note = new StreamReader(new FileStream(SafeFile.Open(args.Out, Note), FileAccess.Read));
                    var address = new char[MaxNote];
                    return new string(address, 0, note.ReadBlock(address));
                }
                catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
                {
                    return null;
                }
            }
        }

        /// <summary>Where it stands from which address a file came, in the folder.</summary>
        private string Note => Path.Combine(Notes, item.File);

        public bool IsThere => args.Out.Length > 0 && !args.Overwrite && File.Exists(_path);

        public async Task RunAsync(CancellationToken cancellation)
        {
            using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            stall.CancelAfter(Stall);
            using var response = await client.GetAsync(item.Url, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            Status = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode)
                throw new DownloadFailedException($"{Status} {response.StatusCode}", IsPassing(response.StatusCode), response.Headers.RetryAfter?.Delta);
            if (args.MaxBytes > 0 && response.Content.Headers.ContentLength > args.MaxBytes)
                throw TooBig();
            await using var body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            if (args.Out.Length == 0)
                await CopyAsync(body, Stream.Null, stall).ConfigureAwait(false);
            else
                await SaveAsync(body, stall).ConfigureAwait(false);
        }

        /// <summary>Writes beside the file's place and moves it there when it is whole; what is there under its name is complete.</summary>
        private async Task SaveAsync(Stream body, CancellationTokenSource stall)
        {
            var part = $".{item.File}.part";
            // Locked, because a second try may begin while a lost node still writes.
            var file = FileModes.ForUser(() =>
            {
                Directory.CreateDirectory(Path.Combine(args.Out, Notes));
                return new FileStream(SafeFile.Create(args.Out, part), FileAccess.Write, bufferSize: 0);
            });
            try
            {
                await using (file.ConfigureAwait(false))
                    await CopyAsync(body, file, stall).ConfigureAwait(false);
                var note = FileModes.ForUser(() => SafeFile.Create(args.Out, Note));
                using (note)
                    RandomAccess.Write(note, System.Text.Encoding.UTF8.GetBytes(item.Url), 0);
                File.Move(Path.Combine(args.Out, part), _path, args.Overwrite);
            }
            catch
            {
                File.Delete(Path.Combine(args.Out, part));
                throw;
            }
        }

        private async Task CopyAsync(Stream body, Stream target, CancellationTokenSource stall)
        {
            var buffer = new byte[BufferBytes];
            for (int read; (read = await body.ReadAsync(buffer, stall.Token).ConfigureAwait(false)) > 0;)
            {
                stall.CancelAfter(Stall);
                Bytes += read;
                if (args.MaxBytes > 0 && Bytes > args.MaxBytes)
                    throw TooBig();
                await target.WriteAsync(buffer.AsMemory(0, read), stall.Token).ConfigureAwait(false);
            }
        }

        private DownloadFailedException TooBig() => new($"it has more than {args.MaxBytes} bytes (--max-bytes)", mayHelp: false, null);

        private static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;
    }

    /// <param name="mayHelp">whether trying again may help</param>
    private sealed class DownloadFailedException(string reason, bool mayHelp, TimeSpan? after) : Exception(reason)
    {
        public bool MayHelp => mayHelp;

        public TimeSpan? After => after;
    }
}
