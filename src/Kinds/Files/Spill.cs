namespace Mailroom.Files;

/// <summary>Bytes that come one after the other: few stay in memory, many go on in a file.</summary>
/// <param name="inMemory">bytes that stay in memory at most</param>
/// <param name="path">where the file stays, or null for one that is gone with this</param>
internal sealed class Spill(int inMemory, string? path = null) : IDisposable
{
    private Stream _bytes = new MemoryStream();

    public long Length => _bytes.Length;

    /// <summary>Whether it was too much for memory.</summary>
    public bool IsFile => _bytes is FileStream;

    /// <exception cref="IOException">the disk takes no more</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_bytes is MemoryStream memory && memory.Length + bytes.Length > inMemory)
            MoveToFile(memory);
        _bytes.Write(bytes);
    }

    /// <summary>Goes on in the file from here on, however little there is.</summary>
    public void MoveToFile()
    {
        if (_bytes is MemoryStream memory)
            MoveToFile(memory);
    }

    public byte[] ToArray()
    {
        var all = new byte[_bytes.Length];
        _bytes.Position = 0;
        _bytes.ReadExactly(all);
        _bytes.Position = _bytes.Length;
        return all;
    }

    public void Dispose() => _bytes.Dispose();

    private void MoveToFile(MemoryStream memory)
    {
        var file = path is null ? Scratch.Passing() : new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        memory.WriteTo(file);
        _bytes = file;
    }
}
