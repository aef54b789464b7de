using Mailroom.Kinds;

namespace OddKinds;

/// <summary>Each piece leaves so many bytes behind, in the process that runs it.</summary>
public sealed class Leak : JobKind<Leak.Args, int, int, int>
{
    private static readonly List<byte[]> Kept = [];

    public sealed record Args(
        [property: Positional("bytes that each piece leaves behind")] int Bytes,
        [property: Option("pieces")] int Count
    );

    public override string Name => "leak";

    public override string Summary => "Leaves bytes behind with each piece.";

    public override IEnumerable<int> Split(Args args, SplitHint hint) => Enumerable.Range(0, args.Count);

    public override async ValueTask<int> RunAsync(Args args, int piece, PieceContext context)
    {
        var bytes = new byte[args.Bytes];
        Array.Fill(bytes, (byte)1); // memory that is never written takes none
        lock (Kept)
            Kept.Add(bytes);
        await Task.Delay(50, context.Cancellation);
        return 1;
    }

    public override int Combine(Args args, IEnumerable<int> results) => results.Sum();
}
