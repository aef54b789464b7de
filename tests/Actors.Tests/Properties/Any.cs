using CsCheck;

namespace Mailroom.Properties;

/// <summary>Inputs of any form, and how many of them are tried.</summary>
internal static class Any
{
    /// <summary>10,000, or as many as the environment variable MAILROOM_CASES says.</summary>
    public static readonly long Cases = long.TryParse(Environment.GetEnvironmentVariable("MAILROOM_CASES"), out var cases) ? cases : 10_000;

    public static readonly Gen<byte[]> Bytes = Gen.Byte.Array[0, 200];

    /// <summary>Text of any characters, lone surrogates, controls and the planes of <see cref="Input.Octets"/> among them.</summary>
    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.Char.Array[0, 40].Select(chars => new string(chars)),
        Gen.Char[' ', '~'].Array[0, 40].Select(chars => new string(chars)),
        Bytes.Select(bytes => Input.Octets.Text(bytes))
    );

    public static Gen<T> OneOf<T>(params T[] all) => Gen.Int[0, all.Length - 1].Select(at => all[at]);

    /// <summary>What is nearly right: made of the pieces that a grammar knows, and now and then of anything.</summary>
    public static Gen<string> Nearly(params string[] pieces) =>
        Gen.Frequency((9, OneOf(pieces)), (1, Text)).Array[0, 12].Select(string.Concat);

    /// <summary>Bytes that were right until one of them was changed, some were cut off, or some were added.</summary>
    public static Gen<byte[]> Spoilt(Gen<byte[]> right) =>
        Gen.Select(right, Gen.Int[0, 3], Gen.UInt, Gen.Byte)
            .Select(
                (bytes, how, at, value) =>
                {
                    var place = bytes.Length == 0 ? 0 : (int)(at % bytes.Length);
                    return how switch
                    {
                        0 => bytes,
                        1 => [.. bytes[..place], .. bytes.Length == 0 ? Array.Empty<byte>() : [value], .. bytes.Skip(place + 1)],
                        2 => bytes[..place],
                        _ => [.. bytes[..place], value, .. bytes[place..]],
                    };
                }
            );

    /// <summary>Holds for every input; one for which it does not is printed with its seed.</summary>
    public static void Holds<T>(Gen<T> inputs, Action<T> property, long? cases = null) => inputs.Sample(property, iter: cases ?? Cases);
}
