using Mailroom.Kinds;

namespace OddKinds;

/// <summary>Gives results of so many bytes, which are counted as they come and not kept.</summary>
public sealed class Blob : JobKind<Blob.Args, int, byte[], long>
{
    public sealed record Args([property: Positional("bytes of each result")] int Bytes, [property: Option("pieces")] int Count = 3);

    public override string Name => "blob";

    public override string Summary => "Gives results of so many bytes.";

    public override Codec<byte[]> ResultCodec { get; } = new Raw();

    public override IEnumerable<int> Split(Args args, SplitHint hint) => Enumerable.Range(0, args.Count);

    public override ValueTask<byte[]> RunAsync(Args args, int piece, PieceContext context) => new(new byte[args.Bytes]);

    public override long Combine(Args args, IEnumerable<byte[]> results) => results.Sum(result => (long)result.Length);

    public override IFold<byte[], long> Fold(Args args) => new Sum();

    private sealed class Sum : IFold<byte[], long>
    {
        private long _bytes;

        public void Add(byte[] result) => _bytes += result.Length;

        public long Finish() => _bytes;
    }

    private sealed class Raw : Codec<byte[]>
    {
        protected override byte[] Encode(byte[] value) => value;

        protected override byte[] DecodeValue(ReadOnlyMemory<byte> bytes) => bytes.ToArray();
    }
}
