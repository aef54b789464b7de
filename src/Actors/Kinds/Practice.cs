using System.Buffers.Binary;
using System.Diagnostics;
using Mailroom.Input;

namespace Mailroom.Kinds;

/// <summary>Pieces that cost exactly what the user says: for trying the machinery, for drills and for benchmarks.</summary>
public sealed class Practice : JobKind<Practice.Args, int, int, Practice.Count>
{
    public sealed record Args(
        [property: Option("how many pieces")] int Count = 100,
        [property: Option("processor time that each piece uses")] TimeSpan Work = default,
        [property: Option("time that each piece waits without using a thread")] TimeSpan Wait = default,
        [property: Option("each piece logs that it begins")] bool Say = false,
        [property: Option("the index of a piece that always fails, or -1")] int FailAt = -1,
        [property: Option("the index of a piece that ends its process, or -1; by processes only")] int CrashAt = -1,
        [property: Option("a folder in which each process notes the job, index and attempt of every piece that it begins: what really ran")] string Trace = "");

    private static readonly Lock Noting = new();

    /// <summary>How many pieces ran.</summary>
    public sealed record Count(int Ran);

    public override string Name => "practice";

    public override string Summary => "Runs pieces that compute, wait or fail as you say: for trying things out.";

    public override bool NeedsEveryPiece => false;

    public override Args Check(Args args, string directory) => args.Count < 1
        ? throw new UserError($"practice: --count is {args.Count}, but it takes at least 1")
        : args with { Trace = args.Trace.Length == 0 ? "" : Path.GetFullPath(args.Trace, directory) };

    public override IEnumerable<int> Split(Args args, SplitHint hint) => Enumerable.Range(0, args.Count);

    public override ValueTask<int> RunAsync(Args args, int piece, PieceContext context)
    {
        if (args.Say)
            context.Say("begins");
        if (args.Trace.Length > 0)
            Note(args.Trace, $"{context.Job} {piece} {context.Attempt}\n");
        if (piece == args.CrashAt)
            Environment.FailFast($"piece {piece} ends its process on purpose (--crash-at {piece})");
        if (piece == args.FailAt)
            throw new InvalidOperationException($"piece {piece} fails on purpose (--fail-at {piece})");
        if (args.Work > TimeSpan.Zero)
            Compute(args.Work, context.Cancellation);
        return args.Wait > TimeSpan.Zero ? WaitAsync(args.Wait, context.Cancellation) : new ValueTask<int>(1);
    }

    public override Count Combine(Args args, IEnumerable<int> results) => new(results.Sum());

    public override IFold<int, Count> Fold(Args args) => new Tally();

    public override string Text(Count answer) => $"{answer.Ran} pieces ran";

    public override Codec<int> PieceCodec => Number.Codec;

    public override Codec<int> ResultCodec => Number.Codec;

    // A file for each process, because no two can append to one at once; what is written stays, however the process ends.
    private static void Note(string folder, string line)
    {
        Directory.CreateDirectory(folder);
        lock (Noting)
            File.AppendAllText(Path.Combine(folder, $"{Environment.MachineName}-{Environment.ProcessId}"), line);
    }

    private static void Compute(TimeSpan time, CancellationToken cancellation)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
            cancellation.ThrowIfCancellationRequested();
    }

    private static async ValueTask<int> WaitAsync(TimeSpan time, CancellationToken cancellation)
    {
        await Task.Delay(time, cancellation).ConfigureAwait(false);
        return 1;
    }

    /// <summary>Four bytes, little-endian: what a codec of one's own looks like.</summary>
    private sealed class Number : Codec<int>
    {
        public static Number Codec { get; } = new();

        protected override byte[] Encode(int value)
        {
            var bytes = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            return bytes;
        }

        protected override int DecodeValue(ReadOnlyMemory<byte> bytes) => BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
    }

    private sealed class Tally : IFold<int, Count>
    {
        private int _ran;

        public void Add(int result) => _ran += result;

        public Count Finish() => new(_ran);
    }
}
