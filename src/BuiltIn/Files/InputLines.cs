using Mailroom.Files;
using Mailroom.Input;

namespace Mailroom.BuiltIn.Files;

/// <summary>The inputs in a file that a user named as a list of them: the bytes between its separators, as they are.</summary>
internal static class InputLines
{
    public const byte LineFeed = (byte)'\n';

    private const int BufferBytes = 64 * 1024;

    // A longer input would not go into any argument, address or message.
    private const int MaxInput = 16 * 1024 * 1024;

    /// <summary>
    /// Each as <see cref="Octets"/>; the last one needs no separator behind it. A mark of UTF-8 at the beginning is none of them.
    /// </summary>
    /// <exception cref="UserError">the file can't be read, or is UTF-16 or UTF-32, whose line feeds are no bytes</exception>
    public static IEnumerable<string> Read(string kind, string option, string path, byte separator = LineFeed)
    {
        using var file = Open(kind, option, path);
        var buffer = new byte[BufferBytes];
        var (start, filled, isFirst) = (0, 0, true);
        for (; ; )
        {
            var read = Fill(kind, option, path, file, buffer.AsSpan(filled));
            filled += read;
            if (isFirst)
                start = SkipMark(kind, option, path, buffer.AsSpan(0, filled));
            isFirst = false;
            for (int length; (length = buffer.AsSpan(start, filled - start).IndexOf(separator)) >= 0; start += length + 1)
                yield return Octets.Text(buffer.AsSpan(start, length));
            if (read == 0)
                break;
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            (start, filled) = (0, filled - start);
            if (filled == buffer.Length && filled >= MaxInput)
                throw new UserError($"{kind}: {option} {Visible.Text(path)} holds an input of more than {MaxInput} bytes; is it a list?");
            if (filled == buffer.Length)
                Array.Resize(ref buffer, 2 * filled);
        }
        if (start < filled)
            yield return Octets.Text(buffer.AsSpan(start, filled - start));
    }

    /// <exception cref="UserError">it can't be read</exception>
    public static void Check(string kind, string option, string path) => Open(kind, option, path).Dispose();

    private static FileStream Open(string kind, string option, string path)
    {
        try
        {
            return new FileStream(SafeFile.Open(path, ""), FileAccess.Read, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(kind, option, path, error);
        }
    }

    private static int Fill(string kind, string option, string path, FileStream file, Span<byte> target)
    {
        try
        {
            return file.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        }
        catch (IOException error)
        {
            throw Unreadable(kind, option, path, error);
        }
    }

    private static int SkipMark(string kind, string option, string path, ReadOnlySpan<byte> begin) =>
        begin switch
        {
            [0xEF, 0xBB, 0xBF, ..] => 3,
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => throw new UserError(
                $"{kind}: {option} {Visible.Text(path)} is UTF-16, but a list is UTF-8; iconv -f utf-16 -t utf-8 makes it so"
            ),
            _ => 0,
        };

    private static UserError Unreadable(string kind, string option, string path, Exception error) =>
        new(
            error is FileNotFoundException or DirectoryNotFoundException
                ? $"{kind}: {option} {Visible.Text(path)}: there is no such file"
                : $"{kind}: {option} {Visible.Text(path)} can't be read: {Visible.Text(error.Message)}",
            cause: error
        );
}
