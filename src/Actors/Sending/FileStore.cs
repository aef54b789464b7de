using System.Security.Cryptography;
using Mailroom.Files;
using Mailroom.Input;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Sending;

/// <summary>
/// What a node has got of files that go along with jobs: each content once, under its hash, for the next job that brings it; and for each
/// job a folder of its own, which goes with the job.
/// </summary>
/// <param name="root">a folder of the node's own</param>
/// <param name="most">bytes that are kept for the next job; and bytes in folders of jobs</param>
internal sealed class FileStore(string root, long most)
{
    private const string UnderWay = ".part";

    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly byte[] _buffer = new byte[SentFiles.MaxPart];

    // The folders of jobs, and the bytes of their files.
    private readonly Dictionary<string, long> _folders = new(StringComparer.Ordinal);

    private string Contents => Path.Combine(root, "contents");

    private string Jobs => Path.Combine(root, "jobs");

    /// <summary>Removes what jobs of an earlier process have left.</summary>
    public void Clear()
    {
        if (Directory.Exists(Contents))
            foreach (var part in Directory.GetFiles(Contents, "*" + UnderWay))
                File.Delete(part);
        if (Directory.Exists(Jobs))
            Disk.DeleteFolder(Jobs);
    }

    /// <summary>An empty folder for a job.</summary>
    /// <exception cref="UserError">the job brings more than this node takes</exception>
    public string MakeFolder(int job, Manifest manifest)
    {
        var others = _folders.Values.Sum();
        if (manifest.Bytes > most - others)
            throw new UserError(
                $"its files have {Quantity.Megabytes(manifest.Bytes)}, but this node takes {Quantity.Megabytes(most)} at most "
                    + $"(mailroom.nodes.max-files){(others > 0 ? $" and has {Quantity.Megabytes(others)} of other jobs" : "")}"
            );
        Directory.CreateDirectory(Contents);
        var folder = Path.Combine(Jobs, $"{job}-{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder);
        _folders.Add(folder, manifest.Bytes);
        return folder;
    }

    public void Remove(string folder)
    {
        Disk.DeleteFolder(folder);
        _folders.Remove(folder); // what could not be removed counts on
    }

    /// <summary>Opens a file into which the content of one is written.</summary>
    public SafeFileHandle Begin(SentFile file) =>
        File.OpenHandle(PartOf(file), FileMode.Create, FileAccess.Write, FileShare.None, preallocationSize: file.Bytes);

    /// <summary>What was begun is whole, if its hash is right.</summary>
    public void Keep(SentFile file) => File.Move(PartOf(file), PathOf(file), overwrite: true);

    public void Forget(SentFile file) => File.Delete(PartOf(file));

    /// <summary>Puts a file into a job's folder, out of what is kept.</summary>
    /// <returns>false when it is not kept, or is not what it was</returns>
    public bool TryPlace(SentFile file, string folder)
    {
        var kept = PathOf(file);
        if (file.Bytes > 0 && new FileInfo(kept) is var found && (!found.Exists || found.Length != file.Bytes))
            return false;
        if (Path.GetDirectoryName(file.Name) is { Length: > 0 } below)
            Disk.MakeFolders(Path.Combine(folder, below));
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var target = SafeFile.Create(folder, file.Name))
        {
            if (file.Bytes > 0)
                Copy(kept, target, sha);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(target, file.IsProgram ? Plain | UnixFileMode.UserExecute : Plain);
        }
        if (Convert.ToHexStringLower(sha.GetHashAndReset()) == file.Sha256)
            return true;
        File.Delete(kept);
        return false;
    }

    /// <summary>Removes what was used least lately, until there is room.</summary>
    /// <param name="coming">bytes that are to come</param>
    public void MakeRoom(long coming = 0)
    {
        var kept = new DirectoryInfo(Contents).GetFiles().OrderByDescending(file => file.LastWriteTimeUtc).ToList();
        var bytes = coming;
        foreach (var file in kept)
            if ((bytes += file.Length) > most)
                file.Delete();
    }

    private void Copy(string kept, SafeFileHandle target, IncrementalHash sha)
    {
        using var source = File.OpenHandle(kept);
        var at = 0L;
        for (int read; (read = RandomAccess.Read(source, _buffer, at)) > 0; at += read)
        {
            sha.AppendData(_buffer, 0, read);
            RandomAccess.Write(target, _buffer.AsSpan(0, read), at);
        }
        File.SetLastWriteTimeUtc(kept, TimeProvider.System.GetUtcNow().UtcDateTime);
    }

    private string PathOf(SentFile file) => Path.Combine(Contents, file.Sha256);

    private string PartOf(SentFile file) => PathOf(file) + UnderWay;
}
