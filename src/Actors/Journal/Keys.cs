using System.Security.Cryptography;
using System.Text;

namespace Mailroom.Journal;

internal static class Keys
{
    /// <summary>Arguments, which may be long, as a key.</summary>
    public static string Of(string argumentsJson) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(argumentsJson)));
}
