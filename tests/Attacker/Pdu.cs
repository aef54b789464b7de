using System.Buffers.Binary;
using Google.Protobuf;

namespace Mailroom.Attacker;

/// <summary>
/// What Akka.Remote 1.5 writes between two systems (WireFormats.proto), made by hand so that each part of it can be forged.
/// </summary>
internal static class Pdu
{
    public const string Host = "akka.tls://mailroom@host:1";
    public const string Gate = Host + "/user/mailroom/nodes";

    /// <summary>The mark of a message that needs no acknowledgement.</summary>
    public const ulong Unnumbered = ulong.MaxValue;

    public const int OurSerializer = 7_001;

    public static byte[] Associate(string host, int port = 4711, string system = "node", string protocol = "tls") =>
        Control(
            1,
            Message(
                (1, Message((1, Text(system)), (2, Text(host)), (3, (ulong)port), (4, Text(protocol)))),
                (2, Fixed((ulong)Random.Shared.NextInt64()))
            )
        );

    public static byte[] Control(ulong command, byte[]? handshake = null) =>
        Message((2, handshake is null ? Message((1, command)) : Message((1, command), (2, handshake))));

    public static byte[] Tell(
        string recipient,
        string sender,
        byte[] body,
        string manifest,
        int serializer = OurSerializer,
        ulong sequence = Unnumbered
    ) =>
        Message(
            (
                1,
                Message(
                    (
                        2,
                        Message(
                            (1, Message((1, Text(recipient)))),
                            (2, Message((1, body), (2, (ulong)serializer), (3, Text(manifest)))),
                            (4, Message((1, Text(sender)))),
                            (5, Fixed(sequence))
                        )
                    )
                )
            )
        );

    /// <summary>A parcel: session, worker, and a message in protobuf.</summary>
    public static byte[] Parcel(long session, int worker, byte[] message)
    {
        var bytes = new byte[12 + message.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, session);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), worker);
        message.CopyTo(bytes.AsSpan(12));
        return bytes;
    }

    /// <summary>A protobuf message of these fields: numbers, bytes, or eight bytes of fixed length.</summary>
    public static byte[] Message(params (int Number, object Value)[] fields)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true))
        {
            foreach (var (number, value) in fields)
            {
                switch (value)
                {
                    case byte[] bytes:
                        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
                        output.WriteBytes(ByteString.CopyFrom(bytes));
                        break;
                    case FixedNumber eight:
                        output.WriteTag(number, WireFormat.WireType.Fixed64);
                        output.WriteFixed64(eight.Value);
                        break;
                    case double real:
                        output.WriteTag(number, WireFormat.WireType.Fixed64);
                        output.WriteDouble(real);
                        break;
                    default:
                        output.WriteTag(number, WireFormat.WireType.Varint);
                        output.WriteUInt64(value is int negative ? unchecked((ulong)negative) : (ulong)value);
                        break;
                }
            }
        }
        return memory.ToArray();
    }

    /// <summary>Whether a frame is for an actor, as against heartbeats, handshakes and acknowledgements.</summary>
    public static bool IsMessage(byte[] frame) => Fields(frame).TryGetValue(1, out var payload) && Fields((byte[])payload).ContainsKey(2);

    /// <summary>What a frame of the host says to an actor.</summary>
    public static (string Sender, string Manifest, long Session, int Worker, byte[] Body) Read(byte[] frame)
    {
        var envelope = Fields((byte[])Fields((byte[])Fields(frame)[1])[2]);
        var message = Fields((byte[])envelope[2]);
        var parcel = (byte[])message[1];
        return (
            System.Text.Encoding.UTF8.GetString((byte[])Fields((byte[])envelope[4])[1]),
            System.Text.Encoding.UTF8.GetString((byte[])message[3]),
            BinaryPrimitives.ReadInt64LittleEndian(parcel),
            BinaryPrimitives.ReadInt32LittleEndian(parcel.AsSpan(8)),
            parcel[12..]
        );
    }

    /// <summary>The fields of a message by their number; of a repeated one the last.</summary>
    public static Dictionary<int, object> Fields(byte[] message) =>
        All(message).GroupBy(field => field.Number).ToDictionary(group => group.Key, group => group.Last().Value);

    public static IEnumerable<(int Number, object Value)> All(byte[] message)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is > 0 and var tag)
        {
            yield return (
                WireFormat.GetTagFieldNumber(tag),
                WireFormat.GetTagWireType(tag) switch
                {
                    WireFormat.WireType.LengthDelimited => input.ReadBytes().ToByteArray(),
                    WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                    _ => input.ReadUInt64(),
                }
            );
        }
    }

    public static byte[] Text(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    public static object Fixed(ulong value) => new FixedNumber(value);

    private sealed record FixedNumber(ulong Value);
}
