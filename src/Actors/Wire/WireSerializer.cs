using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using Mailroom.Nodes;
using Mailroom.Pools;

namespace Mailroom.Wire;

/// <summary>
/// The only serializer of our own messages. The manifests are a closed list: a peer can name none but these, and each
/// names one message, never a type.
/// </summary>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly FrozenDictionary<Type, Entry> ByType = Entries.All.ToFrozenDictionary(entry => entry.Type);
    private static readonly FrozenDictionary<string, Entry> ByManifest = Entries.All.ToFrozenDictionary(entry => entry.Manifest);

    public override int Identifier => 7_001;

    /// <summary>The types that may travel.</summary>
    public static IEnumerable<Type> Types => ByType.Keys;

    public override string Manifest(object o) => Of(o).Manifest;

    public override byte[] ToBinary(object obj)
    {
        var bytes = Of(obj).Write(obj).ToByteArray();
        Inspection.Usage.CountWire(bytes.Length);
        return bytes;
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        Inspection.Usage.CountWire(bytes.Length);
        if (!ByManifest.TryGetValue(manifest, out var entry))
            throw new SerializationException($"there is no message '{Input.Visible.Text(manifest)}'");
        return entry.Read(bytes, system.Provider);
    }

    private static Entry Of(object message) => ByType.TryGetValue(message.GetType(), out var entry)
        ? entry
        : throw new SerializationException($"{message.GetType()} may not travel");

    /// <summary>How one message is written and read.</summary>
    internal sealed record Entry(Type Type, string Manifest, Func<object, IMessage> Write, Func<byte[], IActorRefProvider, object> Read)
    {
        public static Entry Of<T>(string manifest, Func<T, IMessage> write, Func<byte[], IActorRefProvider, T> read) where T : notnull =>
            new(typeof(T), manifest, message => write((T)message), (bytes, provider) => read(bytes, provider));
    }
}
