using Mailroom.Input;
using Microsoft.Win32.SafeHandles;

namespace Mailroom.Files;

/// <summary>The files below the paths that a user named.</summary>
internal static class FileWalk
{
    /// <exception cref="UserError">a path names nothing</exception>
    public static void Check(string kind, string directory, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            if (path.Length == 0)
                throw Disk.Empty($"{kind}: a PATH");
            if (!Disk.Exists(Path.Combine(directory, path)))
                throw new UserError($"{kind}: there is no file or folder '{Visible.Text(path)}' in {Visible.Text(directory)}");
            if (!RegularFile.Is(Path.Combine(directory, path)))
                throw new UserError($"{kind}: '{Visible.Text(path)}' is a pipe, a socket or a device, but it takes files and folders");
        }
    }

    /// <summary>
    /// File names as the user would write them, lazily; folders are walked in ordinal order, so that two runs see the same, and links
    /// inside them are not followed, pipes, sockets and devices are passed over.
    /// </summary>
    public static IEnumerable<string> Files(string directory, IEnumerable<string> paths) => paths.SelectMany(path => Walk(directory, path));

    /// <summary>Opens a file of the walk: below what the user named no link is followed, whatever was put there meanwhile.</summary>
    /// <param name="paths">what the user named</param>
    /// <param name="name">as <see cref="Files"/> gave it</param>
    /// <exception cref="IOException">it is no file any more, or can't be read</exception>
    /// <exception cref="UnauthorizedAccessException">it may not be read</exception>
    public static SafeFileHandle Open(string directory, IEnumerable<string> paths, string name)
    {
        var root =
            paths
                .Where(path =>
                    name.StartsWith(path, StringComparison.Ordinal)
                    && (name.Length == path.Length || path.EndsWith('/') || name[path.Length] == '/')
                )
                .MaxBy(path => path.Length)
            ?? name;
        return SafeFile.Open(Path.Combine(directory, root), name[root.Length..].TrimStart('/'));
    }

    private static IEnumerable<string> Walk(string directory, string path)
    {
        var folder = Path.Combine(directory, path);
        return Disk.IsFolder(folder) && Entries(folder) is { } names
            ? names.SelectMany(name => Walk(directory, Path.Combine(path, name)))
            : [path];
    }

    // A folder that can't be listed stands for itself: its piece fails and says why, the others go on.
    private static IEnumerable<string>? Entries(string folder)
    {
        try
        {
            return Disk.Names(folder).Where(name => RegularFile.IsToWalk(Path.Combine(folder, name)));
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
