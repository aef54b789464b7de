using System.Text.Json.Serialization;

namespace Mailroom.Members;

/// <summary>What somebody who is invited sends to <c>POST /join</c>.</summary>
/// <param name="Secret">that of the invitation</param>
/// <param name="Request">a certification request (PKCS #10, RFC 2986), DER</param>
public sealed record JoinRequest(string Secret, byte[] Request);

/// <summary>What he gets.</summary>
/// <param name="Name">what the node is called</param>
/// <param name="Certificate">PEM</param>
/// <param name="Authority">PEM</param>
/// <param name="Port">where nodes join, at the same address</param>
public sealed record JoinAnswer(string Name, string Certificate, string Authority, int Port);

/// <summary>What he gets where he gets nothing.</summary>
public sealed record JoinRefusal(string Reason);

/// <summary>The JSON of joining.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(JoinRequest))]
[JsonSerializable(typeof(JoinAnswer))]
[JsonSerializable(typeof(JoinRefusal))]
public sealed partial class JoinForm : JsonSerializerContext;
