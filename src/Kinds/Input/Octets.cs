using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Mailroom.Input;

/// <summary>
/// Bytes as text and back, without loss: file names, arguments and variables are bytes to the system, and need not be
/// UTF-8. What is UTF-8 is itself; each byte that is not is one character of a private plane, U+10FE00 and the byte. Such
/// text goes through strings, JSON and SQLite unharmed (the idea of Python's surrogateescape, PEP 383, with valid characters).
/// </summary>
internal static class Octets
{
    private const int Escapes = 0x10FE00;
    private const int FirstByte = 0x80;

    // The two UTF-16 units of an escape: the first is the same for all of them.
    private const char High = '\uDBFF';
    private const char FirstLow = '\uDE80';
    private const char LastLow = '\uDEFF';

    /// <summary>Whether some of it is no text.</summary>
    public static bool Any(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOf(High); at >= 0; at = text[(at + 1)..].IndexOf(High) is >= 0 and var next ? at + 1 + next : -1)
            if (IsEscape(text, at, out _))
                return true;
        return false;
    }

    /// <summary>Whether a byte that is no text stands here, in two UTF-16 units.</summary>
    public static bool IsEscape(ReadOnlySpan<char> text, int at, out byte octet)
    {
        var is2 = text[at] == High && at + 1 < text.Length && text[at + 1] is >= FirstLow and <= LastLow;
        octet = is2 ? (byte)(FirstByte + text[at + 1] - FirstLow) : (byte)0;
        return is2;
    }

    public static string Text(ReadOnlySpan<byte> bytes)
    {
        // An escape that stands there itself is escaped byte by byte, so that no two names become one.
        if (System.Text.Unicode.Utf8.IsValid(bytes) && bytes.IndexOf([(byte)0xF4, (byte)0x8F]) < 0)
            return Encoding.UTF8.GetString(bytes);
        var text = new StringBuilder(bytes.Length + 16);
        while (bytes.Length > 0)
        {
            var isText =
                Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done
                && rune.Value is < Escapes + FirstByte or > Escapes + byte.MaxValue;
            if (isText)
                text.Append(rune.ToString());
            else
                foreach (var octet in bytes[..length])
                    text.Append(High).Append((char)(FirstLow + octet - FirstByte));
            bytes = bytes[length..];
        }
        return text.ToString();
    }

    public static byte[] Bytes(string text)
    {
        if (!Any(text))
            return Encoding.UTF8.GetBytes(text);
        var bytes = new ArrayBufferWriter<byte>(text.Length + 16);
        for (var at = 0; at < text.Length; )
        {
            if (IsEscape(text, at, out var octet))
            {
                bytes.Write([octet]);
                at += 2;
                continue;
            }
            var end = at + 1;
            while (end < text.Length && !IsEscape(text, end, out _))
                end++;
            Encoding.UTF8.GetBytes(text.AsSpan(at, end - at), bytes);
            at = end;
        }
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>The bytes behind a pointer up to the first zero.</summary>
    internal static unsafe string Text(nint zeroTerminated) =>
        Text(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)zeroTerminated));

    /// <summary>For the system: the bytes and a zero, to be freed by <see cref="Marshal.FreeCoTaskMem"/>.</summary>
    internal static nint ZeroTerminated(string text)
    {
        var bytes = Bytes(text);
        var memory = Marshal.AllocCoTaskMem(bytes.Length + 1);
        Marshal.Copy(bytes, 0, memory, bytes.Length);
        Marshal.WriteByte(memory, bytes.Length, 0);
        return memory;
    }
}

/// <summary>Hands a text to the system as the bytes that it stands for, with a zero behind them.</summary>
[System.Runtime.InteropServices.Marshalling.CustomMarshaller(
    typeof(string),
    System.Runtime.InteropServices.Marshalling.MarshalMode.ManagedToUnmanagedIn,
    typeof(OctetMarshaller)
)]
internal static class OctetMarshaller
{
    public static nint ConvertToUnmanaged(string text) => Octets.ZeroTerminated(text);

    public static void Free(nint memory) => Marshal.FreeCoTaskMem(memory);
}
