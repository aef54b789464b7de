using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Mailroom.Pools;

namespace Mailroom.Journal;

/// <summary>The form in which pieces that are done stand in a row of the table <c>records</c>: for each its index, attempt, crashes and the length of its result, four bytes each, little-endian, and then the result.</summary>
internal static class RecordForm
{
    private const int Numbers = 4 * sizeof(int);

    // A row is one value in memory and in SQLite, which takes a billion bytes at most; one result may be half of that.
    private const int MaxRow = 64 * 1024 * 1024;

    /// <summary>The rows for pieces of which some are done; the others have no place here.</summary>
    public static IEnumerable<(byte[] Data, int Pieces)> Rows(ImmutableArray<Pool.Settlement> pieces)
    {
        var (first, count, length) = (0, 0, 0);
        for (var at = 0; at < pieces.Length; at++)
        {
            if (pieces[at].Outcome is not { Verdict: Verdict.Done, Result: { } result })
                continue;
            var size = Numbers + result.Bytes.Length;
            if (count > 0 && length > MaxRow - size)
            {
                yield return (Row(pieces.AsSpan(first, at - first), length), count);
                (first, count, length) = (at, 0, 0);
            }
            (count, length) = (count + 1, length + size);
        }
        if (count > 0)
            yield return (Row(pieces.AsSpan(first, pieces.Length - first), length), count);
    }

    private static byte[] Row(ReadOnlySpan<Pool.Settlement> pieces, int length)
    {
        var bytes = new byte[length];
        var rest = bytes.AsSpan();
        foreach (var piece in pieces)
        {
            if (piece.Outcome is not { Verdict: Verdict.Done, Result.Bytes: var result })
                continue;
            BinaryPrimitives.WriteInt32LittleEndian(rest, piece.Piece.Index);
            BinaryPrimitives.WriteInt32LittleEndian(rest[4..], piece.Piece.Attempt);
            BinaryPrimitives.WriteInt32LittleEndian(rest[8..], piece.Piece.Crashes);
            BinaryPrimitives.WriteInt32LittleEndian(rest[12..], result.Length);
            result.Span.CopyTo(rest[Numbers..]);
            rest = rest[(Numbers + result.Length)..];
        }
        return bytes;
    }

    public static IEnumerable<PieceRecord> Read(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = Number(at + 12);
            yield return new PieceRecord(Number(at), Number(at + 4), Number(at + 8), bytes.AsMemory(at + Numbers, length), null);
            at += Numbers + length;
        }

        int Number(int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
    }

    /// <summary>Tells a row that was damaged on the disk: the first eight bytes of the SHA-256 of job and data.</summary>
    public static long Checksum(long job, ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(job));
        hash.AppendData(data);
        return BitConverter.ToInt64(hash.GetHashAndReset());
    }
}
