using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.BuiltIn.Text;

/// <summary>
/// Finds the words of a part of a file in UTF-8: runs of letters and digits with the marks and joiners behind them (UAX 29,
/// rule WB4), their case folded, in form C. A word belongs to the part in which its first byte lies, so that parts that join
/// give the words of the whole, wherever they are cut: in a word, or in a character.
/// </summary>
/// <param name="read">fills a span with what stands at a position of the file; 0 at its end</param>
internal sealed class WordScanner(WordScanner.Reader read, CancellationToken cancellation)
{
    /// <summary>A longer word is told apart by its first so many UTF-16 units only: it can't fill the memory.</summary>
    public const int MaxWord = 65_536;

    /// <summary>Hardly a word is longer.</summary>
    public const int UsualWord = 256;

    /// <summary>What the longest may become when it is folded.</summary>
    public const int MaxFolded = 4 * MaxWord;

    private const int SoftHyphen = 0xAD;
    private const int FirstJoiner = 0x200C; // and the next one

    private const int BufferBytes = 64 * 1024;
    private const int MaxRune = 4;
    private const int BackBytes = 256;

    // For each ASCII character its lower case form if it is part of a word, else 0.
    private static readonly char[] Ascii =
    [
        .. Enumerable.Range(0, 128).Select(c => char.IsAsciiLetterOrDigit((char)c) ? char.ToLowerInvariant((char)c) : '\0'),
    ];

    private readonly byte[] _buffer = new byte[BufferBytes];
    private char[] _word = new char[UsualWord];
    private int _length;

    // Whether the word that is begun has characters that must be looked at together.
    private bool _isSpecial;
    private bool _isEnd;

    // The bytes of _buffer that are not yet scanned, and where in the file they stand.
    private int _at;
    private int _filled;
    private long _position;

    public WordScanner(SafeFileHandle file, CancellationToken cancellation)
        : this((target, position) => RandomAccess.Read(file, target, position), cancellation) { }

    public delegate int Reader(Span<byte> target, long position);

    private enum Part
    {
        /// <summary>It ends a word.</summary>
        None,

        /// <summary>A letter or a digit, which begins a word or goes on with one.</summary>
        Letter,

        /// <summary>A mark or a joiner, which goes on with a word.</summary>
        Extends,
    }

    /// <summary>The place of the first byte that is no UTF-8 or is zero, or null.</summary>
    public long? Broken { get; private set; }

    /// <summary>Whether there was a word longer than <see cref="MaxWord"/>.</summary>
    public bool IsCut { get; private set; }

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
        var inWord = _position < start && InWord(_position);
        while ((_position < start || (inWord && _position < end)) && Fill())
        {
            inWord = PartAt(out _, out var bytes) switch
            {
                Part.Letter => true,
                Part.Extends => inWord,
                _ => false,
            };
            if (inWord || _position < start)
                Advance(bytes);
        }
    }

    /// <summary>Whether the characters before a place are a word that a mark there would go on with.</summary>
    private bool InWord(long position)
    {
        Span<byte> before = stackalloc byte[BackBytes];
        while (position > 0)
        {
            var length = (int)Math.Min(position, BackBytes);
            var window = before[..length];
            for (var filled = 0; filled < length; )
            {
                var count = read(window[filled..], position - length + filled);
                if (count == 0)
                    return false;
                filled += count;
            }
            while (window.Length > 0)
            {
                var isValid = Rune.DecodeLastFromUtf8(window, out var rune, out var bytes) == OperationStatus.Done;
                if (!isValid && position - window.Length > 0 && window.Length < MaxRune)
                    break; // cut off by the window
                if ((isValid ? PartOf(rune) : Part.None) is not Part.Extends and var part)
                    return part == Part.Letter;
                window = window[..^bytes];
                position -= bytes;
            }
        }
        return false;
    }

    /// <summary>Scans what is buffered up to a limit; a word that goes on stays begun.</summary>
    private void ScanBuffered(int stop, WordTally counts)
    {
        var (buffer, ascii) = (_buffer, Ascii);
        var at = _at;
        while (at < stop)
        {
            var (word, length) = (_word, _length);
            while (at < stop && length < word.Length && buffer[at] is < 128 and var usual && ascii[usual] is not '\0' and var letter)
            {
                word[length++] = letter;
                at++;
            }
            _length = length;
            if (at == stop)
                break;
            if (buffer[at] is < 128 and var b)
            {
                if (ascii[b] is not '\0' and var more)
                    Append(more);
                else
                    EndWord(counts);
                if (b == 0)
                    Broken ??= _position + at - _at;
                at++;
                continue;
            }
            // A character that is cut off by the buffer's end waits for the next fill.
            if (_filled - at < MaxRune && !_isEnd)
                break;
            (_position, _at) = (_position + at - _at, at);
            Take(counts, out var bytes);
            at += bytes;
        }
        (_position, _at) = (_position + at - _at, at);
    }

    /// <summary>The last word began inside; it is followed to its end even beyond the part's.</summary>
    private void FinishWord(WordTally counts)
    {
        while (_length > 0 && Fill() && Take(counts, out var bytes))
            Advance(bytes);
        EndWord(counts);
    }

    /// <summary>Takes the character that stands here; false when it ends the word.</summary>
    private bool Take(WordTally counts, out int bytes)
    {
        var part = PartAt(out var rune, out bytes);
        if (part == Part.None || (part == Part.Extends && _length == 0))
        {
            EndWord(counts);
            return false;
        }
        if (rune.Value == SoftHyphen)
            return true; // where a line may be broken, and nothing else
        _isSpecial |= Folding.IsSpecial(rune);
        var folded = Folding.Simple(rune);
        Span<char> units = stackalloc char[2];
        foreach (var unit in units[..folded.EncodeToUtf16(units)])
            Append(unit);
        return true;
    }

    private void Append(char unit)
    {
        if (_length == _word.Length)
        {
            if (_length >= MaxWord + 2)
            {
                IsCut = true;
                return;
            }
            Array.Resize(ref _word, Math.Min(2 * _length, MaxWord + 2));
        }
        _word[_length++] = unit;
    }

    private void EndWord(WordTally counts)
    {
        if (_length == 0)
            return;
        IsCut |= _length > MaxWord;
        var word = _word.AsSpan(0, Math.Min(_length, char.IsHighSurrogate(_word[Math.Min(_length, MaxWord) - 1]) ? MaxWord - 1 : MaxWord));
        if (_isSpecial)
            counts.Add(Folding.Of(new string(word)));
        else
            counts.Add(word);
        (_length, _isSpecial) = (0, false);
    }

    /// <summary>What stands here, and how many bytes it has.</summary>
    private Part PartAt(out Rune rune, out int bytes)
    {
        if (Rune.DecodeFromUtf8(_buffer.AsSpan(_at, _filled - _at), out rune, out bytes) == OperationStatus.Done)
            return PartOf(rune);
        Broken ??= _position;
        return Part.None;
    }

    private static Part PartOf(Rune rune) =>
        Rune.IsLetterOrDigit(rune) ? Part.Letter
        : rune.Value is SoftHyphen or FirstJoiner or FirstJoiner + 1 || Folding.IsMark(rune) ? Part.Extends
        : Part.None;

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
            var count = read(_buffer.AsSpan(_filled), _position + _filled);
            _filled += count;
            _isEnd = count == 0;
        }
        return _filled > 0;
    }
}
