using System.Buffers.Binary;
using System.Text.Json;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn.Programs;

/// <summary>
/// A run as bytes: what is known of it as JSON, and what it wrote as it is. Journals of earlier versions hold all of it as JSON.
/// </summary>
internal sealed class RunCodec : Codec<Commands.Run>
{
    private const byte Mark = 1; // JSON begins otherwise
    private const int Numbers = 1 + sizeof(int) + sizeof(int);

    protected override byte[] Encode(Commands.Run value)
    {
        var head = JsonSerializer.SerializeToUtf8Bytes(value, JsonOptions);
        var bytes = new byte[Numbers + head.Length + value.Out.Length + value.Error.Length];
        bytes[0] = Mark;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), head.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1 + sizeof(int)), value.Out.Length);
        head.CopyTo(bytes, Numbers);
        value.Out.Span.CopyTo(bytes.AsSpan(Numbers + head.Length));
        value.Error.Span.CopyTo(bytes.AsSpan(Numbers + head.Length + value.Out.Length));
        return bytes;
    }

    protected override Commands.Run DecodeValue(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > 0 && bytes.Span[0] == '{')
            return base.DecodeValue(bytes) is var run && JsonSerializer.Deserialize<Written>(bytes.Span, JsonOptions) is { } old
                ? run with
                {
                    Out = Octets.Bytes(old.Stdout ?? ""),
                    Error = Octets.Bytes(old.Stderr ?? ""),
                }
                : throw new JsonException("null is no run");
        var (head, output) =
            bytes.Length < Numbers || bytes.Span[0] != Mark
                ? (-1, -1)
                : (
                    BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[1..]),
                    BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[(1 + sizeof(int))..])
                );
        return head < 0 || output < 0 || head > bytes.Length - Numbers || output > bytes.Length - Numbers - head
            ? throw new JsonException($"these {bytes.Length} bytes are no run of a program")
            : base.DecodeValue(bytes.Slice(Numbers, head)) with
            {
                Out = bytes.Slice(Numbers + head, output),
                Error = bytes[(Numbers + head + output)..],
            };
    }

    private sealed record Written(string? Stdout, string? Stderr);
}
