using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Mailroom.Client;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Sending;

/// <summary>
/// Files that nodes of other machines get: those that go along with a job, or the host's own kinds. They are read where they lie; what is
/// changed meanwhile is noticed by who gets it.
/// </summary>
public sealed class SentFiles
{
    /// <summary>Stands for the number of a job, where they are kinds.</summary>
    internal const int OfKinds = 0;

    /// <summary>Bytes that are read at once, at most.</summary>
    internal const int MaxPart = 256 * 1024;

    // The number of the manifest; files count from 1.
    internal const int OfManifest = 0;

    private readonly Lazy<Root[]> _roots;
    private readonly Lazy<Manifest> _manifest;
    private readonly Lazy<Task> _making;

    private SentFiles(Func<Root[]> roots)
    {
        _roots = new Lazy<Root[]>(roots);
        _manifest = new Lazy<Manifest>(Look);
        // On a thread of its own, because there may be much to read.
        _making = new Lazy<Task>(() =>
            Task.Factory.StartNew(() => _manifest.Value, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        );
    }

    /// <summary>Those of a job, or null where it takes none along.</summary>
    public static SentFiles? Of(JobRequest request, IWork work) =>
        request.Send is { } paths ? new SentFiles(() => [new Root("", FolderOf(request, work), [.. paths.Select(Bare).Distinct()])]) : null;

    /// <summary>Users' own kinds, each assembly in a folder that is called as it, or null where there are none.</summary>
    public static SentFiles? Of(Catalogue catalogue) =>
        catalogue.Assemblies is { Count: > 0 } assemblies ? new SentFiles(() => [.. assemblies.Select(RootOf)]) : null;

    private static Root RootOf(string assembly, int number) =>
        new($"{number}-{Path.GetFileName(assembly)}/", Path.GetDirectoryName(assembly)!, KindFiles.Of(assembly));

    /// <summary>The assemblies with kinds in a folder into which such were sent.</summary>
    public static IReadOnlyList<string> KindsIn(string folder) =>
        [
            .. Directory
                .GetDirectories(folder)
                .Order(StringComparer.Ordinal)
                .Select(one =>
                    Path.Combine(one, Path.GetFileName(one)[(Path.GetFileName(one).IndexOf('-', StringComparison.Ordinal) + 1)..])
                ),
        ];

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
        var folder = FolderOf(request, work);
        FileWalk.Check("send", folder, paths);
        foreach (var path in paths)
            if (!FileWalk.Files(folder, [path]).Any())
                throw new UserError($"send: there is no file in {Visible.Text(path)}");
        foreach (var path in kind.Arguments.Where(argument => argument is { Positional: true, IsPath: true }).SelectMany(Given))
            if (JobRequest.LeavesFolder(path))
                throw new UserError(
                    $"send: {kind.Name} is given '{Visible.Text(path)}', which another machine has not; with --send, name what lies below "
                        + "its folder, such as data/a.txt"
                );

        IEnumerable<string> Given(KindArgument argument) =>
            request.Arguments[argument.Name] switch
            {
                JsonArray list => list.Select(item => $"{item}"),
                { } one => [$"{one}"],
                null => [],
            };
    }

    /// <summary>All of them with what is in them; made when it is first wanted.</summary>
    /// <exception cref="IOException">one can't be read, or there are too many</exception>
    /// <exception cref="UnauthorizedAccessException">one may not be read</exception>
    internal Manifest Manifest => _manifest.Value;

    /// <summary>Whether that is made, or is known to fail; until then <see cref="Manifest"/> waits.</summary>
    internal bool IsMade => _making is { IsValueCreated: true, Value.IsCompleted: true };

    /// <summary>Makes it, if nobody has.</summary>
    internal Task MakeAsync() => _making.Value;

    /// <summary>A part of one of them.</summary>
    /// <param name="file">its number, from 1; or <see cref="OfManifest"/></param>
    /// <returns>fewer bytes at its end</returns>
    /// <exception cref="IOException">it can't be read</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be read</exception>
    internal ReadOnlyMemory<byte> Read(int file, long at, int most)
    {
        if (file == OfManifest)
            return Manifest.Form[(int)Math.Min(at, Manifest.Form.Length)..] is var rest && rest.Length > most ? rest[..most] : rest;
        var name = Manifest.Files[file - 1].Name;
        var root = _roots.Value.First(root => name.StartsWith(root.Prefix, StringComparison.Ordinal));
        using var handle = root.Open(name[root.Prefix.Length..]);
        var bytes = new byte[most];
        return bytes.AsMemory(0, RandomAccess.Read(handle, bytes, at));
    }

    private static string FolderOf(JobRequest request, IWork work) =>
        JobFolder.Of(work.ArgumentsJson) is { Length: > 0 } folder ? folder : request.Directory;

    // As the walk gives them, with nothing in front of their names and behind them.
    private static string Bare(string path) =>
        string.Join('/', Slashed(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));

    private static string Slashed(string path) => OperatingSystem.IsWindows() ? path.Replace('\\', '/') : path;

    private Manifest Look()
    {
        var files = _roots.Value.SelectMany(Names).Take(Manifest.MaxFiles + 1).ToList();
        if (files.Count > Manifest.MaxFiles)
            throw new IOException($"there are more than {Manifest.MaxFiles} files to send");
        var manifest = Manifest.Of([.. files.Select(file => Look(file.Root, file.Name))]);
        return manifest.Form.Length <= Manifest.MaxBytes
            ? manifest
            : throw new IOException($"the names of the files to send have more than {Quantity.Megabytes(Manifest.MaxBytes)}");
    }

    private static IEnumerable<(Root Root, string Name)> Names(Root root) =>
        FileWalk.Files(root.Folder, root.Paths).Select(Slashed).Distinct().Select(name => (root, name));

    private static SentFile Look(Root root, string name)
    {
        using var file = root.Open(name);
        var bytes = new byte[MaxPart];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var at = 0L;
        for (int read; (read = RandomAccess.Read(file, bytes, at)) > 0; at += read)
            sha.AppendData(bytes, 0, read);
        var isProgram = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0;
        return new SentFile(root.Prefix + name, at, Convert.ToHexStringLower(sha.GetHashAndReset()), isProgram);
    }

    /// <param name="Prefix">of their names there</param>
    /// <param name="Folder">in which they are here</param>
    /// <param name="Paths">files and folders below that; an empty one is all</param>
    private sealed record Root(string Prefix, string Folder, IReadOnlyList<string> Paths)
    {
        public SafeFileHandle Open(string name) => Paths.Contains("") ? SafeFile.Open(Folder, name) : FileWalk.Open(Folder, Paths, name);
    }
}
