using System.Runtime.Serialization;
using Mailroom.Nodes;

namespace Mailroom.Wire;

/// <remarks>Certificates of members.</remarks>
internal static partial class Entries
{
    // A certificate of ours as text, or the request for one: some hundred bytes.
    private const int MaxCertificate = 8_192;

    private static Keeper.Certify ReadCertify(Form.Certify form) =>
        form.Request.Length <= MaxCertificate
            ? new([.. form.Request.Span])
            : throw new SerializationException($"a request of {form.Request.Length} bytes, where at most {MaxCertificate} are taken");

    private static Keeper.Certified ReadCertified(Form.Certified form) =>
        new(Short(form.Certificate, MaxCertificate), Short(form.Authority, MaxCertificate));
}
