using System.Security.Cryptography;
using Mailroom.Input;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Sending;

/// <summary>A part of a file that goes along with a job.</summary>
/// <param name="File">its number, from 1; 0 is the manifest</param>
/// <param name="At">bytes before it</param>
internal readonly record struct FilePlace(int File, long At);

/// <summary>
/// A node on its way to the files of a job: what it asks for, some parts ahead, and what it does with them. They come in the order in which
/// it asked; where one is lost, it asks again.
/// </summary>
internal sealed class FileTaking : IDisposable
{
    // So many parts on their way fill a line of 100 ms with 40 MB/s. A line that needs longer than this for what is on its way has fewer:
    // whatever else is said waits behind them.
    private const int MaxWindow = 16;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(0.4);

    private readonly FileStore _store;
    private readonly int _partBytes;
    private readonly byte[] _form;
    private readonly TimeProvider _time;
    private readonly Queue<(FilePlace Place, long At)> _asked = new();
    private readonly IncrementalHash _sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _formed;
    private IEnumerator<FilePlace> _next;
    private Manifest? _manifest;
    private List<int> _missing = [];
    private SafeFileHandle? _file;
    private SentFile? _underWay;
    private int _window = 1;

    /// <param name="hash">of the manifest</param>
    /// <param name="bytes">of the manifest</param>
    /// <param name="partBytes">of each part but the last of a file</param>
    public FileTaking(FileStore store, int job, string hash, int bytes, int partBytes, TimeProvider time)
    {
        (_store, Job, Hash, _partBytes, _form, _time) = (store, job, hash, partBytes, new byte[bytes], time);
        _next = Places(SentFiles.OfManifest, bytes).GetEnumerator();
    }

    public int Job { get; }

    /// <summary>Of the manifest.</summary>
    public string Hash { get; }

    /// <summary>How many there are, once that is known.</summary>
    public int Count => _manifest?.Files.Length ?? 0;

    /// <summary>Bytes of all, once that is known.</summary>
    public long Bytes => _manifest?.Bytes ?? 0;

    /// <summary>Where they are, or will be; null before it is known what they are.</summary>
    public string? Folder { get; private set; }

    public bool IsDone { get; private set; }

    /// <summary>What is to be asked for now.</summary>
    public IReadOnlyList<FilePlace> Ask()
    {
        var more = new List<FilePlace>();
        while (_asked.Count < _window && _next.MoveNext())
        {
            _asked.Enqueue((_next.Current, _time.GetTimestamp()));
            more.Add(_next.Current);
        }
        return more;
    }

    /// <summary>All that was asked for and has not come.</summary>
    public IReadOnlyList<FilePlace> AskAgain() => [.. _asked.Select(asked => asked.Place)];

    /// <summary>Takes a part that has come.</summary>
    /// <returns>false when it is not the next one, because it comes twice, or one was lost before it</returns>
    /// <exception cref="FormatException">it can't be a part of what was announced</exception>
    /// <exception cref="IOException">it can't be written</exception>
    /// <exception cref="UserError">this node does not take so much</exception>
    public bool TryTake(FilePlace place, ReadOnlyMemory<byte> bytes)
    {
        if (!_asked.TryPeek(out var next) || next.Place != place)
            return false;
        _asked.Dequeue();
        _window = _time.GetElapsedTime(next.At) > Soon ? Math.Max(1, _window / 2) : Math.Min(MaxWindow, _window + 1);
        if (place.File == SentFiles.OfManifest)
            TakeForm(bytes);
        else
            TakePart(_manifest!.Files[place.File - 1], place.At, bytes);
        return true;
    }

    public void Dispose()
    {
        _next.Dispose();
        _sha.Dispose();
        _file?.Dispose();
        if (_file is not null)
            _store.Forget(_underWay!);
        if (!IsDone && Folder is { } folder)
            _store.Remove(folder);
    }

    private void TakeForm(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length != Math.Min(_partBytes, _form.Length - _formed))
            throw new FormatException("the list of files came in parts of another size");
        bytes.CopyTo(_form.AsMemory(_formed));
        _formed += bytes.Length;
        if (_formed < _form.Length)
            return;
        var manifest = Manifest.Read(_form);
        if (manifest.Sha256 != Hash)
            throw new FormatException("the list of files has changed on its way");
        _manifest = manifest;
        Folder = _store.MakeFolder(Job, manifest);
        // Of files with the same content one is fetched.
        _missing = [.. Enumerable.Range(1, manifest.Files.Length).Where(file => !_store.TryPlace(manifest.Files[file - 1], Folder))];
        var first = _missing.DistinctBy(file => manifest.Files[file - 1].Sha256).ToList();
        _next.Dispose();
        _next = first.SelectMany(file => Places(file, manifest.Files[file - 1].Bytes)).GetEnumerator();
        if (_missing.Find(file => manifest.Files[file - 1].Bytes == 0) is > 0 and var empty)
            throw Changed(manifest.Files[empty - 1]);
        _store.MakeRoom(first.Sum(file => manifest.Files[file - 1].Bytes));
        FinishIfWhole();
    }

    private void TakePart(SentFile file, long at, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length != Math.Min(_partBytes, file.Bytes - at))
            throw Changed(file);
        _file ??= _store.Begin(_underWay = file);
        RandomAccess.Write(_file, bytes.Span, at);
        _sha.AppendData(bytes.Span);
        if (at + bytes.Length < file.Bytes)
            return;
        _file.Dispose();
        _file = null;
        if (Convert.ToHexStringLower(_sha.GetHashAndReset()) != file.Sha256)
        {
            _store.Forget(file);
            throw Changed(file);
        }
        _store.Keep(file);
        foreach (var same in _missing.Where(other => _manifest!.Files[other - 1].Sha256 == file.Sha256).ToList())
        {
            if (!_store.TryPlace(_manifest!.Files[same - 1], Folder!))
                throw new IOException($"{Visible.Text(file.Name)} is not on the disk as it was written");
            _missing.Remove(same);
        }
        FinishIfWhole();
    }

    private void FinishIfWhole()
    {
        if (_missing.Count > 0)
            return;
        _store.MakeRoom();
        IsDone = true;
    }

    private static FormatException Changed(SentFile file) => new($"{Visible.Text(file.Name)} has changed since the job began");

    private IEnumerable<FilePlace> Places(int file, long bytes)
    {
        for (var at = 0L; at < bytes; at += _partBytes)
            yield return new FilePlace(file, at);
    }
}
