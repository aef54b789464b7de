using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Mailroom.Nodes;

namespace Mailroom.Wire;

/// <summary>
/// The only serializer, of the only thing that travels: a <see cref="Parcel"/>. The manifests are a closed list: a peer
/// can name none but these, and each names one message, never a type. A parcel is its session (8 bytes) and its worker's
/// number (4 bytes), low byte first, and its message in protobuf (mailroom.proto).
/// </summary>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const int Label = 12;

    private static readonly FrozenDictionary<Type, Entry> ByType = Entries.All.ToFrozenDictionary(entry => entry.Type);
    private static readonly FrozenDictionary<string, Entry> ByManifest = Entries.All.ToFrozenDictionary(entry => entry.Manifest);

    public override int Identifier => Door.Guard.SerializerId;

    /// <summary>The messages that may travel in a parcel.</summary>
    public static IEnumerable<Type> Types => ByType.Keys;

    public override string Manifest(object o) => Of(o).Entry.Manifest;

    public override byte[] ToBinary(object obj)
    {
        var (parcel, entry) = Of(obj);
        var form = entry.Write(parcel.Message);
        var bytes = new byte[Label + form.CalculateSize()];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, parcel.Session);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), parcel.Worker);
        form.WriteTo(bytes.AsSpan(Label));
        Inspection.Usage.CountWire(bytes.Length);
        return bytes;
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        Inspection.Usage.CountWire(bytes.Length);
        return bytes.Length < Label
            ? new Parcel(0, 0, new Parcel.Unreadable($"a parcel has at least {Label} bytes"))
            : new Parcel(
                BinaryPrimitives.ReadInt64LittleEndian(bytes),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)),
                Read(manifest, bytes.AsMemory(Label))
            );
    }

    // Who gets it knows whom to blame for what can't be read, and Akka does not.
    private static object Read(string manifest, ReadOnlyMemory<byte> bytes)
    {
        if (!ByManifest.TryGetValue(manifest, out var entry))
            return new Parcel.Unreadable($"there is no message '{Input.Visible.Text(manifest)}'");
        try
        {
            return entry.Read(bytes);
        }
        catch (Exception error)
            when (error
                    is SerializationException
                        or InvalidProtocolBufferException
                        or FormatException
                        or ArgumentException
                        or OverflowException
            )
        {
            return new Parcel.Unreadable($"{manifest}: {error.Message}");
        }
    }

    private static (Parcel Parcel, Entry Entry) Of(object message) =>
        message is Parcel parcel && ByType.TryGetValue(parcel.Message.GetType(), out var entry)
            ? (parcel, entry)
            : throw new SerializationException($"{message.GetType()} may not travel");

    /// <summary>How one message is written and read.</summary>
    internal sealed record Entry(Type Type, string Manifest, Func<object, IMessage> Write, Func<ReadOnlyMemory<byte>, object> Read)
    {
        public static Entry Of<T>(string manifest, Func<T, IMessage> write, Func<ReadOnlySequence<byte>, T> read)
            where T : notnull => new(typeof(T), manifest, message => write((T)message), bytes => read(new ReadOnlySequence<byte>(bytes)));
    }
}
