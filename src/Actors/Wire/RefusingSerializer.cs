using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Mailroom.Wire;

/// <summary>
/// Stands where every serializer of Akka's own would: for JSON, which makes objects of whatever types a peer names, for
/// system messages, selections, deployment and all the others. It makes nothing, out of nothing, for nobody.
/// </summary>
/// <param name="settings">its <c>id</c>, the number of the one in whose place it stands</param>
public sealed class RefusingSerializer(ExtendedActorSystem system, Config settings) : SerializerWithStringManifest(system)
{
    /// <summary>So that messages addressed to the other end here.</summary>
    public override int Identifier { get; } = settings.GetInt("id");

    public override string Manifest(object o) => "";

    public override byte[] ToBinary(object obj) =>
        throw new SerializationException($"{obj.GetType()} may not travel: it has no place in {nameof(WireSerializer)}");

    public override object FromBinary(byte[] bytes, string manifest) =>
        throw new SerializationException($"messages of serializer {Identifier} are refused");
}
