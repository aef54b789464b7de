using System.Text;
using Mailroom.Input;

namespace Mailroom.Files;

/// <summary>
/// The one place that decides how a text is encoded: as its byte order mark says, else as the user says, else UTF-8.
/// </summary>
internal static class TextEncodings
{
    /// <summary>Bytes that the longest mark has.</summary>
    public const int MarkBytes = 4;

    /// <summary>What a byte order mark says, or null where there is none.</summary>
    public static Encoding? Marked(ReadOnlySpan<byte> begin) =>
        begin switch
        {
            [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
            [0, 0, 0xFE, 0xFF, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true),
            [0xFF, 0xFE, ..] => Encoding.Unicode,
            [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
            [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8,
            _ => null,
        };

    /// <summary>An encoding by its name, such as latin1, windows-1252 or utf-16le.</summary>
    /// <param name="option">where it was named, for the message</param>
    /// <exception cref="UserError">there is no such encoding</exception>
    public static Encoding Named(string name, string option)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException error)
        {
            throw new UserError(
                $"{option} is '{Visible.Text(name)}', which is no encoding known here; it takes names such as utf-8, utf-16le, "
                    + "latin1 or windows-1252",
                cause: error
            );
        }
    }

    /// <summary>The whole of a text as a string, without its mark.</summary>
    /// <exception cref="DecoderFallbackException">it is no UTF-8 and has no mark</exception>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        var encoding = Marked(bytes) ?? Encoding.UTF8;
        var strict = Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        return strict.GetString(bytes.StartsWith(encoding.GetPreamble()) ? bytes[encoding.GetPreamble().Length..] : bytes);
    }
}
