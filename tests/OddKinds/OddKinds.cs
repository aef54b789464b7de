using Mailroom.Kinds;

namespace OddKinds;

/// <summary>Makes whatever a word says: kinds that go wrong in the ways that users' kinds do.</summary>
public sealed class Odd : JobKind<Odd.Args, int, Odd.Result, int>
{
    public sealed record Args([property: Positional("split, result, big, crash or fine")] string What, [property: Option("bytes of a big result")] int Bytes = 0, [property: Option("pieces")] int Count = 3);

    /// <summary>Holds itself, so that no serializer comes to its end.</summary>
    public sealed class Result(byte[] bytes)
    {
        public byte[] Bytes => bytes;

        public Result? Itself { get; set; }
    }

    public override string Name => "odd";

    public override string Summary => "Goes wrong on purpose.";

    public override IEnumerable<int> Split(Args args, SplitHint hint) => args.What == "split" ? throw new InvalidOperationException("split went wrong on purpose") : Enumerable.Range(0, args.Count);

    public override ValueTask<Result> RunAsync(Args args, int piece, PieceContext context)
    {
        var result = new Result(new byte[args.Bytes]);
        result.Itself = args.What == "result" ? result : null;
        return new ValueTask<Result>(result);
    }

    public override int Combine(Args args, IEnumerable<Result> results) => results.Sum(result => result.Bytes.Length);
}

/// <summary>No kind, because nobody says of what; loading the others must not fail for it.</summary>
public sealed class Generic<T> : JobKind<Odd.Args, int, T, int>
    where T : notnull
{
    public override string Name => throw new InvalidOperationException("nobody may ask");

    public override string Summary => "";

    public override IEnumerable<int> Split(Odd.Args args, SplitHint hint) => [];

    public override ValueTask<T> RunAsync(Odd.Args args, int piece, PieceContext context) => throw new NotSupportedException();

    public override int Combine(Odd.Args args, IEnumerable<T> results) => 0;
}
