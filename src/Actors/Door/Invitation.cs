using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mailroom.Input;

namespace Mailroom.Door;

/// <summary>
/// What somebody needs to become a node of a host, in one word: <c>mr1.HOST:PORT,….HASH.SECRET</c>. Whoever has it can use it, once.
/// </summary>
/// <param name="Hosts">where the host takes those who are invited, each HOST:PORT</param>
/// <param name="Authority">the hash of the key of the host's authority, see <see cref="KeyHashes"/>: no other is spoken to</param>
/// <param name="Secret">what it is known by, in base64url</param>
public sealed record Invitation(IReadOnlyList<string> Hosts, string Authority, string Secret)
{
    private const string Form = "mr1.";
    private const int SecretBytes = 16;
    private const int SecretLength = 22;

    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <exception cref="UserError">it is none, or was damaged on its way</exception>
    public static Invitation Read(string text)
    {
        text = text.Trim();
        var parts = text.Split('.');
        if (!text.StartsWith("mr", StringComparison.Ordinal) || parts.Length < 4)
            throw new UserError("that is no invitation: it begins with 'mr1.'; 'mailroom nodes invite' on the host's machine prints one");
        if (!text.StartsWith(Form, StringComparison.Ordinal))
            throw new UserError(
                $"the invitation has the form {Visible.Text(parts[0])}, and this Mailroom knows mr1 only; it is of another version"
            );
        var hosts = string.Join('.', parts[1..^2]).Split(',');
        if (parts[^1].Length != SecretLength || parts[^2].Length != KeyHashes.Length || !parts[^2..].All(part => Base64Url.IsValid(part)))
            throw new UserError("the invitation is not whole: a part of it was lost or changed on its way; copy it anew");
        foreach (var host in hosts)
            if (Doors.EndPointOf(host) is null)
                throw new UserError($"the invitation names '{Visible.Text(host)}', which is no HOST:PORT; copy it anew");
        return new Invitation(hosts, parts[^2], parts[^1]);
    }

    /// <summary>Why who shows this certificate is not the host that invites, or null; it can be said before a word is sent to it.</summary>
    /// <param name="now">local time</param>
    public string? Refusal(X509Certificate2? shown, DateTime now) => CarriedAuthority.Refusal(shown, Authority, now);

    /// <summary>How it is known where nobody shall learn it.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret)));

    public override string ToString() => $"{Form}{string.Join(',', Hosts)}.{Authority}.{Secret}";
}
