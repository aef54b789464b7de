using System.Text;
using Mailroom.Input;

namespace Mailroom.Host.Terminals;

/// <summary>Writes text as UTF-8, and what stands in it for bytes that are no text as these bytes; each write goes out at once.</summary>
internal sealed class OctetWriter(Stream stream) : TextWriter
{
    public override Encoding Encoding { get; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        if (value is not { Length: > 0 })
            return;
        stream.Write(Octets.Bytes(value));
        stream.Flush();
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));
}
