using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using Mailroom.Input;
using Mailroom.Kinds;

namespace Mailroom.BuiltIn;

/// <summary>Pieces that cost exactly what the user says: for trying the machinery, for drills and for benchmarks.</summary>
public sealed class Practice : JobKind<Practice.Args, int, int, Practice.Count>
{
    public sealed record Args(
        [property: Option("how many pieces")] int Count = 100,
        [property: Option("time for which each piece computes")] TimeSpan Work = default,
        [property: Option("time that each piece waits without using a thread")] TimeSpan Wait = default,
        [property: Option("time that each piece waits and holds its thread")] TimeSpan Block = default,
        [property: Option("garbage that each piece makes, in bytes, 1 kB at a time")] int Garbage = 0,
        [property: Option("each piece logs that it begins")] bool Say = false,
        [property: Option("the index of a piece that always fails, or -1")] int FailAt = -1,
        [property: Option("the index of a piece that ends its process, or -1; by threads or async that is the host")] int CrashAt = -1,
        [property: Option("one piece in so many always fails, beginning with the first; 0 for none")] int FailEvery = 0,
        [property: Option("one piece in so many ends its process at its first attempt; 0 for none; by threads or async that is the host")]
            int CrashEvery = 0,
        [property: Option("how it ends its process")] Crash CrashBy = Crash.FailFast,
        [property: Option("the index of a piece that never ends and listens to nobody, or -1")] int HangAt = -1,
        [property: Option(
            "a folder in which each process notes the job, index and attempt of every piece that it begins, and when (Unix time, "
                + "ms): what really ran"
        )]
        [property: Path]
            string Trace = ""
    );

    /// <summary>Ways in which .NET ends a process that nobody can catch; all end with exit code 134.</summary>
    public enum Crash
    {
        FailFast,
        StackOverflow,

        /// <summary>an exception on a thread of one's own</summary>
        Thread,

        /// <summary>an exception in an <c>async void</c> method</summary>
        AsyncVoid,
    }

    private const int GarbageBytes = 1_000;

    private static readonly Lock Noting = new();

    // So that the compiler does not find out that nobody wants it.
    private static volatile byte[]? Keep;

    /// <summary>What came of the pieces, told apart by their indexes.</summary>
    /// <param name="Ran">pieces with a result</param>
    /// <param name="Twice">results beyond a piece's first: always 0</param>
    public sealed record Count(int Ran, int Twice);

    public override string Name => "practice";

    public override string Summary => "Runs pieces that compute, wait or fail as you say: for trying things out.";

    public override bool NeedsEveryPiece => false;

    // What ran is noted on the host's machine, unless somebody wants it to be elsewhere.
    public override FileUse Files(Args args) => args.Trace.Length > 0 ? FileUse.Reads : FileUse.None;

    public override bool NeedsProcess(Args args) => args.CrashAt >= 0 || args.CrashEvery > 0;

    public override Args Check(Args args, string directory) =>
        args.Count < 1 ? throw new UserError($"practice: --count is {args.Count}, but it takes at least 1")
        : args.FailEvery < 0 || args.CrashEvery < 0
            ? throw new UserError(
                $"practice: --{(args.FailEvery < 0 ? "fail" : "crash")}-every is {Math.Min(args.FailEvery, args.CrashEvery)}, but it "
                    + "takes at least 0"
            )
        : args with { Trace = args.Trace.Length == 0 ? "" : Path.GetFullPath(args.Trace, directory) };

    public override IEnumerable<int> Split(Args args, SplitHint hint) => Enumerable.Range(0, args.Count);

    public override ValueTask<int> RunAsync(Args args, int piece, PieceContext context)
    {
        if (args.Say)
            context.Say("begins");
        if (args.Trace.Length > 0)
            Note(args.Trace, $"{context.Job} {piece} {context.Attempt} {TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()}\n");
        if (piece == args.CrashAt || (args.CrashEvery > 0 && piece % args.CrashEvery == 0 && context.Crashes == 0))
            End(args.CrashBy, $"piece {piece} ends its process on purpose (--crash-at {piece})");
        if (piece == args.HangAt)
            Hang();
        if (piece == args.FailAt || (args.FailEvery > 0 && piece % args.FailEvery == 0))
            throw new InvalidOperationException(
                $"piece {piece} fails on purpose (--fail-{(piece == args.FailAt ? $"at {piece}" : $"every {args.FailEvery}")})"
            );
        if (args.Work > TimeSpan.Zero)
            Compute(args.Work, context.Cancellation);
        for (var made = 0; made < args.Garbage; made += GarbageBytes)
            Keep = new byte[GarbageBytes];
        if (args.Block > TimeSpan.Zero)
            context.Cancellation.WaitHandle.WaitOne(args.Block);
        return args.Wait > TimeSpan.Zero ? WaitAsync(piece, args.Wait, context.Cancellation) : new ValueTask<int>(piece);
    }

    public override Count Combine(Args args, IEnumerable<int> results)
    {
        var tally = new Tally();
        foreach (var result in results)
            tally.Add(result);
        return tally.Finish();
    }

    public override IFold<int, Count> Fold(Args args) => new Tally();

    public override string Text(Count answer) => $"{Quantity.Of(answer.Ran, "piece")} ran";

    public override Codec<int> PieceCodec => Number.Codec;

    public override Codec<int> ResultCodec => Number.Codec;

    // A file for each process, because no two can append to one at once; what is written stays, however the process ends.
    private static void Note(string folder, string line)
    {
        Directory.CreateDirectory(folder);
        lock (Noting)
            File.AppendAllText(Path.Combine(folder, $"{Environment.MachineName}-{Environment.ProcessId}"), line);
    }

    private static void End(Crash by, string why)
    {
        switch (by)
        {
            case Crash.StackOverflow:
                Deeper(0);
                break;
            case Crash.Thread:
                new Thread(() => throw new InvalidOperationException(why)).Start();
                Hang();
                break;
            case Crash.AsyncVoid:
                Throw(why);
                Hang();
                break;
            default:
                Environment.FailFast(why);
                break;
        }
    }

    private static void Hang()
    {
        while (true)
            Thread.SpinWait(1000);
    }

    private static int Deeper(int depth) => depth < 0 ? 0 : Deeper(depth + 1) + Deeper(depth + 2);

#pragma warning disable VSTHRD100 // it is here to show what comes of it
    private static async void Throw(string why)
    {
        await Task.Yield();
        throw new InvalidOperationException(why);
    }
#pragma warning restore VSTHRD100

    private static void Compute(TimeSpan time, CancellationToken cancellation)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (Stopwatch.GetTimestamp() < end)
            cancellation.ThrowIfCancellationRequested();
    }

    private static async ValueTask<int> WaitAsync(int piece, TimeSpan time, CancellationToken cancellation)
    {
        await Task.Delay(time, cancellation).ConfigureAwait(false);
        return piece;
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

        protected internal override void Write(int value, IBufferWriter<byte> to)
        {
            BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), value);
            to.Advance(sizeof(int));
        }

        protected override int DecodeValue(ReadOnlyMemory<byte> bytes) =>
            bytes.Length == sizeof(int)
                ? BinaryPrimitives.ReadInt32LittleEndian(bytes.Span)
                : throw new JsonException($"a number has {sizeof(int)} bytes, not {bytes.Length}");
    }

    private sealed class Tally : IFold<int, Count>
    {
        private readonly System.Collections.BitArray _seen = new(64);
        private int _ran;
        private int _twice;

        public void Add(int piece)
        {
            if (piece >= _seen.Length)
                _seen.Length = (int)Math.Min(2L * piece, int.MaxValue);
            if (_seen[piece])
                _twice++;
            else
                _ran++;
            _seen[piece] = true;
        }

        public Count Finish() => new(_ran, _twice);
    }
}
