using System.Buffers;
using System.Security.Cryptography;
using Mailroom.Files;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <summary>SHA-256 of files and folders, in the format of <c>sha256sum</c>.</summary>
public sealed class Checksum : JobKind<Checksum.Args, Checksum.File, Checksum.Digest, Checksum.Sums>
{
    private const int BufferBytes = 256 * 1024;

    public sealed record Args(
        [property: Path, Positional("files and folders; folders are walked, links inside them are not followed")]
            IReadOnlyList<string> Path,
        [property: Option("the folder that relative paths count from; the current one by default")] [property: Path] string Directory = ""
    );

    /// <summary>One file.</summary>
    /// <param name="Name">as the user would write it, and as it stands in the answer</param>
    public sealed record File(string Name);

    /// <summary>A file's sum as 64 hexadecimal digits.</summary>
    public sealed record Digest(string Name, string Sha256, long Bytes);

    /// <summary>All sums, in the order of the walk.</summary>
    public sealed record Sums(int Files, long Bytes, IReadOnlyList<Digest> Digests);

    public override string Name => "checksum";

    public override string Summary => "SHA-256 of files and folders, printed as sha256sum does, so that sha256sum -c accepts it.";

    public override string Because => "hashing a file computes on one core, and reading it blocks: a dedicated thread may do both";

    public override bool NeedsEveryPiece => false;

    public override FileUse Files(Args args) => FileUse.Reads;

    public override Args Check(Args args, string directory)
    {
        var complete = args with
        {
            Directory = args.Directory.Length == 0 ? directory : System.IO.Path.GetFullPath(args.Directory, directory),
        };
        FileWalk.Check(Name, complete.Directory, complete.Path);
        return complete;
    }

    public override IEnumerable<File> Split(Args args, SplitHint hint) =>
        FileWalk.Files(args.Directory, args.Path).Select(name => new File(name));

    public override async ValueTask<Digest> RunAsync(Args args, File piece, PieceContext context)
    {
        try
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var file = new FileStream(FileWalk.Open(args.Directory, args.Path, piece.Name), FileAccess.Read, bufferSize: 0);
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
    internal static string Line(Digest digest) =>
        digest.Name.AsSpan().ContainsAny('\\', '\n', '\r')
            ? $"\\{digest.Sha256}  {Escaped(digest.Name)}"
            : $"{digest.Sha256}  {digest.Name}";

    private static string Escaped(string name) =>
        name.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal);

    // Linux has no asynchronous read of a local file: ReadAsync borrows a pool thread for it, which a worker with
    // a thread of its own need not pay for.
    private static async ValueTask<long> HashAsync(FileStream file, IncrementalHash sha, PieceContext context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long bytes = 0; ; )
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
}
