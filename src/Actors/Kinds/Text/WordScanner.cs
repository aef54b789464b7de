using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Kinds.Text;

/// <summary>
/// Finds the words of a part of a file. A word belongs to the part in which its first byte lies, so that parts that join
/// give the words of the whole, wherever they are cut: in a word, or in a character.
/// </summary>
internal sealed class WordScanner(SafeFileHandle file, CancellationToken cancellation)
{
    /// <summary>A longer word is told apart by its first so many UTF-16 units only: it can't fill the memory.</summary>
    public const int MaxWord = 1_000;

    private const int BufferBytes = 64 * 1024;
    private const int MaxRune = 4;

    // For each ASCII character its lower case form if it is part of a word, else 0.
    private static readonly char[] Ascii = [.. Enumerable.Range(0, 128).Select(c => char.IsAsciiLetterOrDigit((char)c) ? char.ToLowerInvariant((char)c) : '\0')];

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly char[] _word = new char[MaxWord + 2];
    private int _length;
    private bool _isEnd;

    // The bytes of _buffer that are not yet scanned, and where in the file they stand.
    private int _at;
    private int _filled;
    private long _position;

    public void Scan(long start, long end, WordTally counts)
    {
        _position = Math.Max(0, start - MaxRune);
        SkipToStart(start, end);
        while (_position < end && Fill())
            ScanBuffered((int)Math.Min(_filled, _at + end - _position), counts);
        FinishWord(counts);
    }

    /// <summary>Passes over the word that began before the start; it belongs to the part before this one.</summary>
    private void SkipToStart(long start, long end)
    {
        if (start == 0 || !Fill())
            return;
        // A character has its lead byte at most three bytes before its last: the first lead byte here begins one for certain.
        while (_position < start && IsContinuation(_buffer[_at]))
            Advance(1);
        var inWord = false;
        while ((_position < start || (inWord && _position < end)) && Fill())
        {
            inWord = TryLetter(out _, out var bytes);
            if (inWord || _position < start)
                Advance(bytes);
        }
    }

    /// <summary>Scans what is buffered up to a limit; a word that goes on stays begun.</summary>
    private void ScanBuffered(int stop, WordTally counts)
    {
        var (buffer, word, ascii) = (_buffer, _word, Ascii);
        var (at, length) = (_at, _length);
        while (at < stop)
        {
            var b = buffer[at];
            if (b < 128)
            {
                at++;
                if (ascii[b] is not '\0' and var letter)
                {
                    if (length < MaxWord)
                        word[length++] = letter;
                }
                else if (length > 0)
                {
                    counts.Add(word.AsSpan(0, length));
                    length = 0;
                }
                continue;
            }
            // A character that is cut off by the buffer's end waits for the next fill.
            if (_filled - at < MaxRune && !_isEnd)
                break;
            _position += at - _at;
            (_at, _length) = (at, length);
            var isLetter = TryLetter(out var rune, out var bytes);
            at += bytes;
            if (isLetter && length < MaxWord)
                length += rune.EncodeToUtf16(word.AsSpan(length));
            else if (!isLetter && length > 0)
            {
                counts.Add(word.AsSpan(0, length));
                length = 0;
            }
        }
        _position += at - _at;
        (_at, _length) = (at, length);
    }

    /// <summary>The last word began inside; it is followed to its end even beyond the part's.</summary>
    private void FinishWord(WordTally counts)
    {
        while (_length > 0 && Fill() && TryLetter(out var rune, out var bytes))
        {
            if (_length < MaxWord)
                _length += rune.EncodeToUtf16(_word.AsSpan(_length));
            Advance(bytes);
        }
        if (_length > 0)
            counts.Add(_word.AsSpan(0, _length));
        _length = 0;
    }

    /// <summary>Whether a letter or digit stands here, and how many bytes whatever stands here has.</summary>
    private bool TryLetter(out Rune folded, out int bytes)
    {
        var isValid = Rune.DecodeFromUtf8(_buffer.AsSpan(_at, _filled - _at), out var rune, out bytes) == OperationStatus.Done;
        var isLetter = isValid && Rune.IsLetterOrDigit(rune);
        // Upper case first, so that forms which only differ in lower case, such as a final sigma, become one.
        folded = isLetter ? Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)) : default;
        return isLetter;
    }

    private static bool IsContinuation(byte b) => (b & 0xC0) == 0x80;

    private void Advance(int bytes) => (_at, _position) = (_at + bytes, _position + bytes);

    /// <summary>Sees to it that a whole character is buffered; false at the end of the file.</summary>
    private bool Fill()
    {
        if (_filled - _at >= MaxRune || _isEnd)
            return _at < _filled;
        cancellation.ThrowIfCancellationRequested();
        _buffer.AsSpan(_at, _filled - _at).CopyTo(_buffer);
        (_at, _filled) = (0, _filled - _at);
        while (_filled < MaxRune && !_isEnd)
        {
            var read = RandomAccess.Read(file, _buffer.AsSpan(_filled), _position + _filled);
            _filled += read;
            _isEnd = read == 0;
        }
        return _filled > 0;
    }
}
