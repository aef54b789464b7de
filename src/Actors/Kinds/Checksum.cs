using System.Buffers;
using System.Security.Cryptography;
using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>SHA-256 of files and folders, in the format of <c>sha256sum</c>.</summary>
public sealed class Checksum : JobKind<Checksum.Args, Checksum.File, Checksum.Digest, Checksum.Sums>
{
    private const int BufferBytes = 256 * 1024;

    public sealed record Args(
        [property: Positional("files and folders; folders are walked, links inside them are not followed")] IReadOnlyList<string> Path,
        [property: Option("the folder that relative paths count from; the current one by default")] string Directory = "");

    /// <summary>One file.</summary>
    /// <param name="Name">as the user would write it, and as it stands in the answer</param>
    public sealed record File(string Name);

    /// <summary>A file's sum as 64 hexadecimal digits.</summary>
    public sealed record Digest(string Name, string Sha256, long Bytes);

    /// <summary>All sums, in the order of the walk.</summary>
    public sealed record Sums(int Files, long Bytes, IReadOnlyList<Digest> Digests);

    public override string Name => "checksum";

    public override string Summary => "SHA-256 of files and folders, printed as sha256sum does, so that sha256sum -c accepts it.";

    public override bool NeedsEveryPiece => false;

    public override Args Check(Args args, string directory)
    {
        var complete = args with { Directory = args.Directory.Length == 0 ? directory : System.IO.Path.GetFullPath(args.Directory, directory) };
        foreach (var path in complete.Path)
            if (!Exists(System.IO.Path.Combine(complete.Directory, path)))
                throw new UserError($"checksum: there is no file or folder '{Visible.Text(path)}' in {complete.Directory}");
        return complete;
    }

    public override IEnumerable<File> Split(Args args, SplitHint hint) => args.Path.SelectMany(path => Walk(args.Directory, path));

    public override async ValueTask<Digest> RunAsync(Args args, File piece, PieceContext context)
    {
        try
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var file = new FileStream(System.IO.Path.Combine(args.Directory, piece.Name), new FileStreamOptions
            {
                BufferSize = 0,
                Options = FileOptions.SequentialScan,
            });
            var bytes = await HashAsync(file, sha, context).ConfigureAwait(false);
            return new Digest(piece.Name, Convert.ToHexStringLower(sha.GetHashAndReset()), bytes);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new GiveUpException($"{Visible.Text(piece.Name)} can't be read: {Visible.Text(error.Message)}", error);
        }
    }

    public override Sums Combine(Args args, IEnumerable<Digest> results)
    {
        var digests = results.ToList();
        return new Sums(digests.Count, digests.Sum(digest => digest.Bytes), digests);
    }

    public override string Text(Sums answer) => string.Join('\n', answer.Digests.Select(Line));

    /// <summary>
    /// A line of sha256sum (GNU coreutils, "cksum common options"): two spaces between sum and name; a name with a
    /// backslash, line feed or carriage return is escaped and its line starts with a backslash.
    /// </summary>
    internal static string Line(Digest digest) => digest.Name.AsSpan().ContainsAny('\\', '\n', '\r')
        ? $"\\{digest.Sha256}  {digest.Name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}"
        : $"{digest.Sha256}  {digest.Name}";

    // Linux has no asynchronous read of a local file: ReadAsync borrows a pool thread for it, which a worker with
    // a thread of its own need not pay for.
    private static async ValueTask<long> HashAsync(FileStream file, IncrementalHash sha, PieceContext context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long bytes = 0; ;)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                var read = context.MayBlock
                    ? file.Read(buffer, 0, BufferBytes)
                    : await file.ReadAsync(buffer.AsMemory(0, BufferBytes), context.Cancellation).ConfigureAwait(false);
                if (read == 0)
                    return bytes;
                sha.AppendData(buffer, 0, read);
                bytes += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool Exists(string path) => System.IO.File.Exists(path) || System.IO.Directory.Exists(path);

    // Ordinal order makes two runs over the same folder print the same lines.
    private static IEnumerable<File> Walk(string directory, string path)
    {
        var folder = new DirectoryInfo(System.IO.Path.Combine(directory, path));
        return folder.Exists && Entries(folder) is { } entries
            ? entries.SelectMany(entry => Walk(directory, System.IO.Path.Combine(path, entry.Name)))
            : [new File(path)];
    }

    // A folder that can't be listed stands for itself: its piece fails and says why, the others go on.
    private static IEnumerable<FileSystemInfo>? Entries(DirectoryInfo folder)
    {
        try
        {
            return folder.GetFileSystemInfos().Where(entry => entry.LinkTarget is null).OrderBy(entry => entry.Name, StringComparer.Ordinal);
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
