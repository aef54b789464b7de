using System.Buffers.Binary;
using System.Security.Cryptography;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Journal.Sqlite;

/// <summary>The forms in which pieces that are done stand in a row of the table <c>records</c>.</summary>
internal static class RecordForm
{
    /// <summary>That of <see cref="BatchForm"/>, from version 6 of the journal on.</summary>
    public const int Newest = 1;

    // Up to version 5: for each piece its index, attempt, crashes and the length of its result, and then the result.
    private const int ByPiece = 0;
    private const int Numbers = 4 * sizeof(int);

    // A row is one value in memory and in SQLite, which takes a billion bytes at most; one result may be half of that.
    private const int MaxRow = 64 * 1024 * 1024;

    /// <summary>A batch in parts of which each has its place in a row.</summary>
    public static IEnumerable<Batch> Rows(Batch done)
    {
        var (from, length) = (0, 0L);
        if (((long)BatchForm.Overhead * done.Count) + done.AllBytes.Length <= MaxRow)
        {
            if (done.Count > 0)
                yield return done;
            yield break;
        }
        for (var at = 0; at < done.Count; at++)
        {
            var size = BatchForm.Overhead + done.Length(at);
            if (at > from && length + size > MaxRow)
            {
                yield return done.Slice(from, at - from);
                (from, length) = (at, 0);
            }
            length += size;
        }
        if (from < done.Count)
            yield return done.Slice(from, done.Count - from);
    }

    public static Batch Read(byte[] data, int form) => form == ByPiece ? [.. ReadByPiece(data)] : BatchForm.Read(data, int.MaxValue);

    private static IEnumerable<Piece> ReadByPiece(byte[] data)
    {
        for (var at = 0; at < data.Length; )
        {
            var length = Number(at + 12);
            yield return new Piece(Number(at), Number(at + 4), Number(at + 8), Payload.Of(data.AsMemory(at + Numbers, length)));
            at += Numbers + length;
        }

        int Number(int at) => BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(at));
    }

    /// <summary>Tells a row that was damaged on the disk: the first eight bytes of the SHA-256 of job, form and data.</summary>
    public static long Checksum(long job, ReadOnlySpan<byte> data, int form = ByPiece)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(job));
        if (form != ByPiece)
            hash.AppendData(BitConverter.GetBytes(form));
        hash.AppendData(data);
        return BitConverter.ToInt64(hash.GetHashAndReset());
    }
}
