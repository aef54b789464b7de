namespace Mailroom.Kinds;

/// <summary>Does in each piece what a word says, and tells the test: "ok", "throw", "give-up", "wait".</summary>
internal sealed class TestKind(Action<string>? ran = null) : JobKind<TestKind.Args, string, string, string>
{
    /// <summary>Pieces in its splitting so far, for specs about laziness.</summary>
    public int Made { get; private set; }

    public bool Whole { get; init; }

    public bool Programs { get; init; }

    public bool FoldFails { get; init; }

    public bool OpenFails { get; init; }

    public override Codec<string> PieceCodec =>
        OpenFails ? throw new InvalidOperationException("not opened on purpose " + new string('x', 5_000)) : base.PieceCodec;

    public override IFold<string, string> Fold(Args args) =>
        FoldFails ? throw new InvalidOperationException("no fold on purpose") : base.Fold(args);

    public Codec<string>? Results { get; init; }

    public override bool RunsPrograms => Programs;

    public override Codec<string> ResultCodec => Results ?? base.ResultCodec;

    public sealed record Args(
        [property: Positional("what each piece does")] IReadOnlyList<string> Words,
        [property: Option("how often")] int Times = 1
    );

    public override string Name => "test";

    public override string Summary => "For specs.";

    public override bool NeedsEveryPiece => Whole;

    public override IEnumerable<string> Split(Args args, SplitHint hint)
    {
        for (var time = 0; time < args.Times; time++)
        {
            foreach (var word in args.Words)
            {
                Made++;
                yield return word == "split" ? throw new InvalidOperationException("no more pieces") : word;
            }
        }
    }

    public override async ValueTask<string> RunAsync(Args args, string piece, PieceContext context)
    {
        if (piece == "throw-when-cancelled") // before anybody can be told that it runs, and cancel it
            context.Cancellation.Register(() => throw new InvalidOperationException("thrown by a callback"));
        ran?.Invoke(piece);
        switch (piece)
        {
            case "throw":
                throw new InvalidOperationException("thrown on purpose");
            case "give-up":
                throw new GiveUpException("no use");
            case "show":
                throw new AttemptFailedException("shown on purpose", "shown", TimeSpan.FromSeconds(7));
            case "show-and-give-up":
                throw new GiveUpException("shown on purpose", null, "shown");
            case "wait" or "throw-when-cancelled":
                await Task.Delay(Timeout.InfiniteTimeSpan, context.Cancellation).ConfigureAwait(false);
                break;
            case "big":
                return new string('x', 5_000);
            default:
                break;
        }
        return piece;
    }

    public override string Combine(Args args, IEnumerable<string> results) => string.Join(',', results);

    public override string Text(string answer) => answer;

    public static IWork Work(Action<string>? ran, params string[] words) => new TestKind(ran).Bind(1, words);

    public IWork Bind(int times, params string[] words) =>
        ((IKind)this).Bind(
            new System.Text.Json.Nodes.JsonObject
            {
                ["words"] = new System.Text.Json.Nodes.JsonArray([.. words.Select(word => System.Text.Json.Nodes.JsonValue.Create(word))]),
                ["times"] = times,
            },
            "/"
        );
}
