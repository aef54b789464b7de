using System.Globalization;
using System.Text;

namespace Mailroom.Logs;

/// <summary>
/// What a host has of a far node's log files: each byte by byte, so that it knows where to go on, with the times as the host's clock
/// has them. <see cref="LogStore"/> reads them among the others.
/// </summary>
internal sealed class LogCopies(string directory, string node)
{
    // No process gives such a name to a file of its own.
    private const string Prefix = "far-";

    // Bytes: what a file has beyond that stays where it was written.
    private const long MaxFile = 64 * 1024 * 1024;
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private const int FormLength = 27;

    private static ReadOnlySpan<byte> BeforeTheTime => "{\"at\":\""u8;

    private readonly LogFiles _files = new(node);

    /// <summary>Whether a file of this name is a copy.</summary>
    public static bool IsCopy(string file) => file.StartsWith(Prefix, StringComparison.Ordinal);

    public IReadOnlyList<LogMark> Known =>
        [
            .. Files
                .TakeLast(LogPart.MaxFiles)
                .Select(file => new LogMark(
                    file.Name[Prefix.Length..],
                    file.Length > MaxFile - LogPart.MaxBytes ? long.MaxValue : file.Length
                )),
        ];

    private IReadOnlyList<FileInfo> Files => _files.In(directory, Prefix);

    /// <summary>Writes lines behind those that are there.</summary>
    /// <param name="ahead">how far the node's clock is before the host's</param>
    /// <returns>false when they are not what comes next of this node, or are too many</returns>
    /// <exception cref="IOException">they can't be written</exception>
    public bool TryAdd(LogPart part, TimeSpan ahead)
    {
        if (!_files.Has(part.File) || part.Bytes.Length is 0 or > LogPart.MaxBytes)
            return false;
        var path = Path.Combine(directory, Prefix + part.File);
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            if (part.At != file.Length || part.At + part.Bytes.Length > MaxFile)
                return false;
            file.Position = part.At;
            file.Write(Told(part.Bytes.Span, ahead));
        }
        if (part.At == 0)
            foreach (var older in Files.Where(file => file.Name != Prefix + part.File).SkipLast(LogPart.MaxFiles - 1))
                older.Delete();
        return true;
    }

    private byte[] Told(ReadOnlySpan<byte> lines, TimeSpan ahead)
    {
        var told = lines.ToArray();
        told[^1] = (byte)'\n'; // a piece of a line that is too long: it is none, and must not grow by the next
        for (var (from, rest) = (0, told.Length); rest > 0; )
        {
            var length = told.AsSpan(from).IndexOf((byte)'\n') is >= 0 and var end ? end : rest;
            Tell(told.AsSpan(from, length), ahead);
            from += length + 1;
            rest = told.Length - from;
        }
        return told;
    }

    // A line that speaks for another process is none, nor is one whose time has another form than Mailroom's: without its beginning
    // nobody reads it.
    private void Tell(Span<byte> line, TimeSpan ahead)
    {
        if (line.Length == 0)
            return;
        if (
            !BeginsWithATime(line)
            || LogLine.Parse(Encoding.UTF8.GetString(line)) is not { } parsed
            || parsed.Node != node
            || parsed.At.Year is < 2000 or > 9000
        )
            line[0] = (byte)'#';
        else
            Encoding.ASCII.GetBytes(
                (parsed.At - ahead).UtcDateTime.ToString(Form, CultureInfo.InvariantCulture),
                line.Slice(BeforeTheTime.Length, FormLength)
            );
    }

    private static bool BeginsWithATime(ReadOnlySpan<byte> line) =>
        line.StartsWith(BeforeTheTime) && line[BeforeTheTime.Length..].IndexOf((byte)'"') == FormLength;
}
