using Mailroom.Kinds;

namespace OddKinds;

/// <summary>Makes whatever a word says: kinds that go wrong in the ways that users' kinds do.</summary>
public sealed class Odd : JobKind<Odd.Args, int, Odd.Result, int>
{
    public sealed record Args(
        [property: Positional("what goes wrong, or fine")] string What,
        [property: Option("bytes of a big result")] int Bytes = 0,
        [property: Option("pieces")] int Count = 3
    );

    public sealed class Result(byte[] bytes)
    {
        private string? _blocks;

        public byte[] Bytes => bytes;

        /// <summary>Itself, so that no serializer comes to its end.</summary>
        public Result? Itself { get; set; }

        /// <summary>A file that is made when this is read, which then never comes to its end; null for none.</summary>
        public string? Blocks
        {
            get => _blocks;
            set
            {
                if (value is null)
                    return;
                File.Create(value).Dispose();
                Thread.Sleep(Timeout.Infinite);
            }
        }

        public static Result Blocking(string file) => new([]) { _blocks = file };
    }

    public override string Name => "odd";

    public override string Summary => "Goes wrong on purpose.";

    public override bool NeedsEveryPiece => false;

    public override IEnumerable<int> Split(Args args, SplitHint hint)
    {
        if (args.What == "split-blocks")
            Thread.Sleep(Timeout.Infinite);
        return args.What == "split" ? throw new InvalidOperationException("split went wrong on purpose") : Enumerable.Range(0, args.Count);
    }

    public override ValueTask<Result> RunAsync(Args args, int piece, PieceContext context)
    {
        switch (args.What)
        {
            case "text-throws" when piece == 0:
                throw new TextThrows();
            case "message-null" when piece == 0:
                throw new MessageNull();
            case "message-huge" when piece == 0:
                throw new InvalidOperationException(new string('m', 10_000_000));
            case "null" when piece == 0:
                return new ValueTask<Result>((Result)null!);
            case "exit" when piece == 0:
                Environment.Exit(0);
                break;
            case "thread":
                new Thread(() => Thread.Sleep(Timeout.Infinite)).Start(); // a foreground thread, as is .NET's default
                break;
            case "writes":
                Console.WriteLine($"piece {piece} says this");
                Console.Error.Write($"piece {piece} complains");
                break;
            case "reads" when Console.In.ReadLine() is { } line:
                throw new InvalidOperationException($"it read '{line}'");
            case "reads" when Console.OpenStandardInput().ReadByte() is >= 0 and var first:
                throw new InvalidOperationException($"it read the byte {first}");
            case "turns" when piece < args.Count / 10:
                return WaitAsync(args, piece);
            // Far longer than those that wait, whatever else has the cores meanwhile.
            case "turns":
                Compute(TimeSpan.FromMilliseconds(30));
                break;
            // As where an interpreter has one lock for all its threads. It sleeps, so that it takes as long on a busy machine.
            case "locked":
                lock (Interpreter)
                    Thread.Sleep(10);
                return new ValueTask<Result>(new Result(new byte[args.Bytes]));
            case "floods":
                for (var i = 0; i < 1_000; i++)
                    ThreadPool.QueueUserWorkItem(_ => Thread.Sleep(Timeout.Infinite));
                break;
            default:
                break;
        }
        return YieldAsync(args, piece);
    }

    private static readonly object Interpreter = new();

    private static void Compute(TimeSpan time)
    {
        for (var begun = System.Diagnostics.Stopwatch.GetTimestamp(); System.Diagnostics.Stopwatch.GetElapsedTime(begun) < time; )
            Thread.SpinWait(20);
    }

    private static async ValueTask<Result> WaitAsync(Args args, int piece)
    {
        await Task.Delay(10);
        return await YieldAsync(args, piece);
    }

    private static async ValueTask<Result> YieldAsync(Args args, int piece)
    {
        await Task.Yield();
        if (args.What == "text-throws-late" && piece == 0)
            throw new TextThrows();
        if (args.What.StartsWith("decode-blocks:", StringComparison.Ordinal))
            return Result.Blocking(args.What[(args.What.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        var result = new Result(new byte[args.Bytes]);
        result.Itself = args.What == "result" ? result : null;
        return result;
    }

    public override int Combine(Args args, IEnumerable<Result> results)
    {
        if (args.What == "combine-blocks")
            Thread.Sleep(Timeout.Infinite);
        return args.What == "combine" ? throw new TextThrows() : results.Sum(result => result.Bytes.Length);
    }

    private sealed class TextThrows : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");

        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class MessageNull : Exception
    {
        public override string Message => null!;

        public override string ToString() => null!;
    }
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
