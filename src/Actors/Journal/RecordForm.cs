using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Mailroom.Pools;

namespace Mailroom.Journal;

/// <summary>The form in which pieces that are done stand in a row of the table <c>records</c>: for each its index, attempt, crashes and the length of its result, four bytes each, little-endian, and then the result.</summary>
internal static class RecordForm
{
    private const int Numbers = 4 * sizeof(int);

    /// <param name="done">how many of the pieces are done; the others have no place here</param>
    public static byte[] Write(ImmutableArray<Pool.Settlement> pieces, out int done)
    {
        done = 0;
        var length = 0;
        foreach (var piece in pieces)
            if (piece.Outcome is { Verdict: Verdict.Done, Result: { } result })
                (done, length) = (done + 1, length + Numbers + result.Bytes.Length);
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
