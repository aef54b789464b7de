using System.Buffers;
using System.Runtime.Serialization;

namespace Mailroom.Wire;

/// <remarks>How much of what is said is taken.</remarks>
internal static partial class Entries
{
    /// <summary>The same message, once it is known that it does not hold too much: what is read becomes many objects.</summary>
    /// <param name="repeated">the field that may come at most <paramref name="most"/> times; any other at most 16 times</param>
    /// <param name="packed">most bytes of a field, where all of them are short</param>
    private static ReadOnlySequence<byte> Bounded(ReadOnlySequence<byte> message, int repeated, int most, int packed = int.MaxValue)
    {
        const int others = 16;
        var (many, few) = (0, 0);
        for (var rest = message.FirstSpan; !rest.IsEmpty; )
        {
            var tag = Varint(ref rest);
            var length = (tag & 7) switch
            {
                0 => Varint(ref rest) & 0,
                1 => 8UL,
                2 => Varint(ref rest),
                5 => 4UL,
                _ => ulong.MaxValue,
            };
            if (length > (ulong)rest.Length || length > (ulong)packed)
                throw new SerializationException("it is cut off, or holds too long a list");
            rest = rest[(int)length..];
            if (tag >> 3 == (ulong)repeated ? ++many > most : ++few > others)
                throw new SerializationException("it holds too much");
        }
        return message;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> rest) =>
        Door.Fields.TryVarint(ref rest, out var value) ? value : throw new SerializationException("it is no protobuf");

    private static double Sound(double number) => double.IsFinite(number) && number > 0 ? number : 0;

    private static string? Text(string text, int most) => text.Length == 0 ? null : Cut(text, most);

    private static string Reason(string text) => Cut(text, MaxReason);

    private static string Cut(string text, int most) => text.Length > most ? text[..most] : text;

    private static string Short(string text, int most) =>
        text.Length <= most
            ? text
            : throw new SerializationException($"a name of {text.Length} characters, where at most {most} are taken");

    private static T Known<T>(int value)
        where T : struct, Enum =>
        Enum.IsDefined((T)(object)value) ? (T)(object)value : throw new SerializationException($"{value} is no {typeof(T).Name}");
}
