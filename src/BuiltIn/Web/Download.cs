using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.BuiltIn.Web;

/// <param name="mayHelp">whether trying again may help</param>
internal sealed class DownloadFailedException(string reason, bool mayHelp, TimeSpan? after = null) : Exception(reason)
{
    public bool MayHelp => mayHelp;

    public TimeSpan? After => after;
}

/// <summary>One try of one file.</summary>
internal sealed class Download(Fetch.Args args, Fetch.Item item, HttpClient client)
{
    private const int BufferBytes = 64 * 1024;
    private const int MaxRedirects = 10;

    private readonly List<Uri> _way = [new Uri(item.Url)];

    /// <summary>A server that sends nothing for so long is taken for dead.</summary>
    public static TimeSpan Stall { get; } = TimeSpan.FromSeconds(30);

    public int? Status { get; private set; }

    /// <summary>Of the file so far, with those of earlier tries that it goes on from.</summary>
    public long Bytes { get; private set; }

    /// <summary>The content coding in which it is saved, or null.</summary>
    public string? Encoding { get; private set; }

    /// <summary>The addresses that it was sent on to, for messages; empty where it was not.</summary>
    public string Way =>
        _way.Count == 1
            ? ""
            : $" (sent on to {string.Join(", then ", _way.Skip(1).Select(url => Visible.Text(url.GetLeftPart(UriPartial.Path))))})";

    public bool IsThere => args.Out.Length > 0 && !args.Overwrite && Disk.IsFile(FullName);

    private string FullName => Path.Combine(args.Out, item.File);

    private string PartName => $".{item.File}.part";

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stall.CancelAfter(Stall);
        var part = Kept();
        using var response = await AskAsync(part, stall.Token).ConfigureAwait(false);
        Status = (int)response.StatusCode;
        if (Status == (int)HttpStatusCode.RequestedRangeNotSatisfiable && part is not null)
        {
            Forget();
            throw new DownloadFailedException("it can't go on where it stood; it begins anew", mayHelp: true);
        }
        Check(response, part);
        var length = LengthOf(response);
        if (args.MaxBytes > 0 && length > args.MaxBytes)
            throw TooBig();
        var goesOn = response.StatusCode == HttpStatusCode.PartialContent;
        Bytes = goesOn ? part!.Value.Bytes : 0;
        await using var body = Decoded(response, await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false));
        if (args.Out.Length == 0)
            await CopyAsync(body, Stream.Null, IsDecoded(response) ? null : length, stall).ConfigureAwait(false);
        else
            await SaveAsync(response, body, goesOn, length, stall).ConfigureAwait(false);
    }

    /// <summary>Asks for it, and follows where it is sent on to.</summary>
    private async Task<HttpResponseMessage> AskAsync((FetchFolder.Part Part, long Bytes)? part, CancellationToken cancellation)
    {
        for (; ; )
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _way[^1]);
            if (args.Decode)
                request.Headers.AcceptEncoding.ParseAdd("gzip, deflate, br");
            if (part is { } kept)
            {
                request.Headers.Range = new RangeHeaderValue(kept.Bytes, null);
                request.Headers.TryAddWithoutValidation("If-Range", kept.Part.Version); // another version comes whole
            }
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (
                response.StatusCode
                    is not (
                        HttpStatusCode.MovedPermanently
                        or HttpStatusCode.Found
                        or HttpStatusCode.SeeOther
                        or HttpStatusCode.TemporaryRedirect
                        or HttpStatusCode.PermanentRedirect
                    )
                || response.Headers.Location is not { } location
            )
                return response;
            Status = (int)response.StatusCode;
            response.Dispose();
            var next = new Uri(_way[^1], location);
            var (from, isLoop) = (_way[^1], _way.Contains(next));
            _way.Add(next);
            if (next.Scheme is not ("http" or "https") || (from.Scheme == "https" && next.Scheme == "http"))
                throw new DownloadFailedException(
                    $"{Status}: it is sent on from {from.Scheme} to {Visible.Text(next.Scheme)}, which is not followed",
                    mayHelp: false
                );
            if (isLoop || _way.Count > MaxRedirects + 1)
                throw new DownloadFailedException(
                    isLoop ? $"{Status}: it is sent round in a circle" : $"{Status}: it is sent on more than {MaxRedirects} times",
                    mayHelp: false
                );
        }
    }

    /// <summary>Whether the answer is the file, or the rest of it that was asked for.</summary>
    private void Check(HttpResponseMessage response, (FetchFolder.Part Part, long Bytes)? asked)
    {
        var status = $"{(int)response.StatusCode} {response.StatusCode}";
        if (!response.IsSuccessStatusCode)
            throw new DownloadFailedException(status, IsPassing(response.StatusCode), RetryAfter.Of(response));
        if (Lengths(response).Distinct(StringComparer.Ordinal).Count() > 1)
            throw new DownloadFailedException(
                $"it has two lengths: {string.Join(" and ", Lengths(response).Select(length => Visible.Text(length)))}",
                mayHelp: false
            );
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK or HttpStatusCode.NonAuthoritativeInformation:
                break;
            case HttpStatusCode.PartialContent when asked is null:
                throw new DownloadFailedException($"{status}: a part was sent, but the whole was asked for", mayHelp: false);
            case HttpStatusCode.PartialContent
                when response.Content.Headers.ContentRange is { HasRange: true } range
                    && asked is var (kept, bytes)
                    && range.From == bytes
                    && (range.Length is null || kept.Length is null || range.Length == kept.Length):
                break;
            case HttpStatusCode.PartialContent:
                Forget();
                throw new DownloadFailedException($"{status}: another part was sent than was asked for; it begins anew", mayHelp: true);
            case HttpStatusCode.Accepted:
                throw new DownloadFailedException($"{status}: the server has no file yet", mayHelp: true, RetryAfter.Of(response));
            default:
                throw new DownloadFailedException($"{status}: that is no file", mayHelp: false);
        }
    }

    /// <summary>Writes beside the file's place and moves it there when it is whole; what is there under its name is complete.</summary>
    private async Task SaveAsync(HttpResponseMessage response, Stream body, bool goesOn, long? length, CancellationTokenSource stall)
    {
        // Locked, because a second try may begin while a lost node still writes.
        var file = FileModes.ForUser(() =>
        {
            FetchFolder.Make(args.Out);
            return new FileStream(SafeFile.Create(args.Out, PartName, keeps: goesOn), FileAccess.Write, bufferSize: 0);
        });
        var version = IsDecoded(response) ? null : VersionOf(response);
        try
        {
            await using (file.ConfigureAwait(false))
            {
                if (goesOn && file.Length < Bytes)
                    throw new IOException($"{PartName} was changed meanwhile");
                file.SetLength(Bytes);
                file.Position = Bytes;
                if (version is not null && !goesOn)
                    FetchFolder.NotePart(args.Out, item.File, new FetchFolder.Part(FetchFolder.Noted(item.Url), version, length));
                await CopyAsync(body, file, IsDecoded(response) ? null : length, stall).ConfigureAwait(false);
            }
            FetchFolder.Note(args.Out, item.File, item.Url);
            Disk.Move(Path.Combine(args.Out, PartName), FullName, args.Overwrite);
            FetchFolder.ForgetPart(args.Out, item.File);
        }
        catch
        {
            if (version is null || Bytes == 0)
                Forget();
            throw;
        }
    }

    private async Task CopyAsync(Stream body, Stream target, long? length, CancellationTokenSource stall)
    {
        var buffer = new byte[BufferBytes];
        for (int read; (read = await body.ReadAsync(buffer, stall.Token).ConfigureAwait(false)) > 0; )
        {
            stall.CancelAfter(Stall);
            Bytes += read;
            if (args.MaxBytes > 0 && Bytes > args.MaxBytes)
                throw TooBig();
            await target.WriteAsync(buffer.AsMemory(0, read), stall.Token).ConfigureAwait(false);
        }
        if (length is { } whole && Bytes != whole)
            throw new DownloadFailedException($"it has {Bytes} bytes instead of the {whole} that were promised", mayHelp: true);
    }

    private Stream Decoded(HttpResponseMessage response, Stream body)
    {
        Encoding = response.Content.Headers.ContentEncoding.LastOrDefault(encoding => encoding != "identity");
        if (!args.Decode || Encoding is null)
            return body;
        var decoded = response
            .Content.Headers.ContentEncoding.Reverse()
            .Aggregate(
                body,
                (stream, encoding) =>
                    encoding.ToLowerInvariant() switch
                    {
                        "gzip" or "x-gzip" => new GZipStream(stream, CompressionMode.Decompress),
                        "deflate" => new ZLibStream(stream, CompressionMode.Decompress),
                        "br" => new BrotliStream(stream, CompressionMode.Decompress),
                        "identity" => stream,
                        var other => throw new DownloadFailedException(
                            $"its body is in the coding {Visible.Text(other)}, which is not known here; without --decode it is saved "
                                + "as it is",
                            mayHelp: false
                        ),
                    }
            );
        Encoding = null;
        return decoded;
    }

    private bool IsDecoded(HttpResponseMessage response) =>
        args.Decode && response.Content.Headers.ContentEncoding.Any(encoding => encoding != "identity");

    /// <summary>What an earlier try has left, if it can go on from there.</summary>
    private (FetchFolder.Part Part, long Bytes)? Kept() =>
        args.Out.Length > 0
        && !args.Decode
        && FetchFolder.PartOf(args.Out, item.File) is { } part
        && part.Url == FetchFolder.Noted(item.Url)
        && Disk.Size(Path.Combine(args.Out, PartName)) is > 0 and var bytes
            ? (part, bytes)
            : null;

    private void Forget()
    {
        Disk.Delete(Path.Combine(args.Out, PartName));
        FetchFolder.ForgetPart(args.Out, item.File);
    }

    // Only what changes with every byte may be gone on from (RFC 9110, 13.1.5): no weak tag, and no date that is as old as the answer.
    private static string? VersionOf(HttpResponseMessage response) =>
        response.Headers.ETag is { } tag
            ? tag.IsWeak
                ? null
                : tag.Tag
            : response.Content.Headers.LastModified is { } modified && response.Headers.Date - modified > TimeSpan.FromSeconds(1)
                ? modified.ToString("r", CultureInfo.InvariantCulture)
                : null;

    /// <summary>How many bytes the whole of it has, where the server says so.</summary>
    private static long? LengthOf(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.PartialContent
            ? response.Content.Headers.ContentRange?.Length
            : response.Content.Headers.ContentLength;

    private static IEnumerable<string> Lengths(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var values)
            ? values.SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries))
            : [];

    private DownloadFailedException TooBig() => new($"it has more than {args.MaxBytes} bytes (--max-bytes)", mayHelp: false);

    private static bool IsPassing(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;
}
