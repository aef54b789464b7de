using System.Buffers.Binary;
using Mailroom.Input;
using Mailroom.Kinds;

namespace MyKinds;

/// <summary>The number below a bound whose Collatz sequence takes the most steps to 1.</summary>
public sealed class Collatz : JobKind<Collatz.Args, Collatz.Range, Collatz.Longest, Collatz.Longest>
{
    public sealed record Args([property: Option("numbers below this one are tried")] long Below = 1_000_000);

    public readonly record struct Range(long Start, long End);

    public readonly record struct Longest(long Number, int Steps);

    public override string Name => "collatz";

    public override string Summary => "Finds the number whose Collatz sequence is the longest.";

    public override string Because => "counting steps is pure computing";

    public override bool OrderMatters => false;

    public override Args Check(Args args, string directory) =>
        args.Below >= 2 ? args : throw new UserError($"collatz: --below is {args.Below}, but it takes at least 2");

    public override IEnumerable<Range> Split(Args args, SplitHint hint)
    {
        const long step = 50_000;
        for (var start = 1L; start < args.Below; start += step)
            yield return new Range(start, Math.Min(args.Below, start + step));
    }

    public override ValueTask<Longest> RunAsync(Args args, Range piece, PieceContext context)
    {
        var longest = new Longest(0, -1);
        for (var number = piece.Start; number < piece.End; number++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var steps = 0;
            for (var n = number; n != 1; n = n % 2 == 0 ? n / 2 : (3 * n) + 1)
                steps++;
            longest = Longer(longest, new Longest(number, steps));
        }
        return new ValueTask<Longest>(longest);
    }

    public override Longest Combine(Args args, IEnumerable<Longest> results) => results.Aggregate(Longer);

    public override string Text(Longest answer) => $"{answer.Number} takes {answer.Steps} steps";

    public override Codec<Longest> ResultCodec { get; } = new LongestCodec();

    private static Longest Longer(Longest a, Longest b) => b.Steps > a.Steps || (b.Steps == a.Steps && b.Number < a.Number) ? b : a;

    private sealed class LongestCodec : Codec<Longest>
    {
        protected override byte[] Encode(Longest value)
        {
            var bytes = new byte[12];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value.Number);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), value.Steps);
            return bytes;
        }

        protected override Longest DecodeValue(ReadOnlyMemory<byte> bytes) =>
            new(BinaryPrimitives.ReadInt64LittleEndian(bytes.Span), BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[8..]));
    }
}
