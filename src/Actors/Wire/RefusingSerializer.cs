using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Mailroom.Wire;

/// <summary>
/// Stands where Akka's JSON serializer would: that one makes objects of whatever types a peer names. This one makes
/// nothing, out of nothing, for nobody.
/// </summary>
public sealed class RefusingSerializer : Serializer
{
    /// <param name="settings">Akka has some for its own JSON serializer and hands them over</param>
    public RefusingSerializer(ExtendedActorSystem system, Config settings)
        : base(system) => _ = settings;

    /// <summary>The number of Akka's JSON serializer, so that messages addressed to it end here.</summary>
    public override int Identifier => 1;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType()} may not travel: it has no place in {nameof(WireSerializer)}");

    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException("messages in JSON are refused");
}
