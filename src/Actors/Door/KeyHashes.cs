using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mailroom.Door;

/// <summary>The hash of a public key, as an invitation and the book of members name it.</summary>
internal static class KeyHashes
{
    /// <summary>Characters of a hash.</summary>
    public const int Length = 43;

    /// <summary>SHA-256 of the key as it stands in the certificate (SubjectPublicKeyInfo, RFC 5280, 4.1.2.7), in base64url.</summary>
    public static string Of(X509Certificate2 certificate) => Of(certificate.PublicKey);

    public static string Of(PublicKey key) => Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
}
