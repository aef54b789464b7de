using System.Security.Cryptography;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Sending;

/// <summary>
/// The files and folders that a job takes along to nodes of other machines. They are read where they lie while it runs; what is changed
/// meanwhile is noticed by who gets it.
/// </summary>
public sealed class SentFiles
{
    /// <summary>Bytes that are read at once, at most.</summary>
    internal const int MaxPart = 256 * 1024;

    // The number of the manifest; files count from 1.
    internal const int OfManifest = 0;

    private readonly string _folder;
    private readonly IReadOnlyList<string> _paths;
    private readonly Lazy<Manifest> _manifest;

    private SentFiles(string folder, IReadOnlyList<string> paths)
    {
        (_folder, _paths) = (folder, [.. paths.Select(path => Bare(path)).Distinct()]);
        _manifest = new Lazy<Manifest>(Look);
    }

    /// <summary>Those of a job, or null where it takes none along.</summary>
    public static SentFiles? Of(JobRequest request, IWork work) =>
        request.Send is { } paths ? new SentFiles(FolderOf(request, work), paths) : null;

    /// <summary>Whether a job can take along what it wishes to.</summary>
    /// <exception cref="UserError">it can't</exception>
    public static void Check(JobRequest request, IWork work)
    {
        if (request.Send is not { } paths)
            return;
        var kind = work.Kind;
        if (work.Files != FileUse.Reads || !JobFolder.IsOf(kind))
            throw new UserError(
                $"send: files are sent along with jobs that read some in a folder (--directory), but {kind.Name} "
                    + (work.Files == FileUse.Writes ? "writes some" : "does not")
            );
        FileWalk.Check("send", FolderOf(request, work), paths);
    }

    /// <summary>All of them with what is in them; made when it is first wanted.</summary>
    /// <exception cref="IOException">one can't be read, or there are too many</exception>
    /// <exception cref="UnauthorizedAccessException">one may not be read</exception>
    internal Manifest Manifest => _manifest.Value;

    /// <summary>A part of one of them.</summary>
    /// <param name="file">its number, from 1; or <see cref="OfManifest"/></param>
    /// <returns>fewer bytes at its end</returns>
    /// <exception cref="IOException">it can't be read</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be read</exception>
    internal ReadOnlyMemory<byte> Read(int file, long at, int most)
    {
        if (file == OfManifest)
            return Manifest.Form[(int)Math.Min(at, Manifest.Form.Length)..] is var rest && rest.Length > most ? rest[..most] : rest;
        using var handle = Open(Manifest.Files[file - 1].Name);
        var bytes = new byte[most];
        return bytes.AsMemory(0, RandomAccess.Read(handle, bytes, at));
    }

    private static string FolderOf(JobRequest request, IWork work) =>
        JobFolder.Of(work.ArgumentsJson) is { Length: > 0 } folder ? folder : request.Directory;

    // As the walk gives them, with nothing in front of their names and behind them.
    private static string Bare(string path) =>
        string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));

    private Manifest Look()
    {
        var names = FileWalk.Files(_folder, _paths).Select(name => OperatingSystem.IsWindows() ? name.Replace('\\', '/') : name);
        var files = names.Distinct().Take(Manifest.MaxFiles + 1).Select(Look).ToList();
        if (files.Count > Manifest.MaxFiles)
            throw new IOException($"there are more than {Manifest.MaxFiles} files to send");
        var manifest = Manifest.Of([.. files]);
        return manifest.Form.Length <= Manifest.MaxBytes
            ? manifest
            : throw new IOException($"the names of the files to send have more than {Quantity.Megabytes(Manifest.MaxBytes)}");
    }

    private SentFile Look(string name)
    {
        using var file = Open(name);
        var bytes = new byte[MaxPart];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var at = 0L;
        for (int read; (read = RandomAccess.Read(file, bytes, at)) > 0; at += read)
            sha.AppendData(bytes, 0, read);
        var isProgram = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0;
        return new SentFile(name, at, Convert.ToHexStringLower(sha.GetHashAndReset()), isProgram);
    }

    private SafeFileHandle Open(string name) => _paths.Contains("") ? SafeFile.Open(_folder, name) : FileWalk.Open(_folder, _paths, name);
}
