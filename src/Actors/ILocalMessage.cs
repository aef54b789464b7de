using Akka.Actor;

namespace Mailroom;

/// <summary>A message that never leaves its process, and so needs no form on the wire.</summary>
public interface ILocalMessage : INoSerializationVerificationNeeded;
