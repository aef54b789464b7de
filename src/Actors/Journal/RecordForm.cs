using System.Security.Cryptography;
using System.Text;

namespace Mailroom.Journal;

/// <summary>The form in which pieces that are done stand in a row of the table <c>records</c>: for each its index, attempt, crashes and the length of its result, four bytes each, little-endian, and then the result.</summary>
internal static class RecordForm
{
    public static byte[] Write(IReadOnlyList<PieceRecord> pieces)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        foreach (var piece in pieces)
        {
            writer.Write(piece.Piece);
            writer.Write(piece.Attempt);
            writer.Write(piece.Retried);
            writer.Write(piece.Result!.Value.Length);
            writer.Write(piece.Result.Value.Span);
        }
        writer.Flush();
        return stream.ToArray();
    }

    public static IEnumerable<PieceRecord> Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        while (reader.BaseStream.Position < bytes.Length)
        {
            var (piece, attempt, retried, length) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
            yield return new PieceRecord(piece, attempt, retried, bytes.AsMemory((int)reader.BaseStream.Position, length), null);
            reader.BaseStream.Position += length;
        }
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
