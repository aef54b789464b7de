using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mailroom.Kinds;

/// <summary>A type of work, written once and run by every technique.</summary>
/// <typeparam name="TArgs">the job's arguments: a record whose constructor parameters carry <see cref="PositionalAttribute"/> or
/// <see cref="OptionAttribute"/></typeparam>
/// <typeparam name="TPiece">one part of the job</typeparam>
/// <typeparam name="TResult">what running a piece gives</typeparam>
/// <typeparam name="TAnswer">what the user gets in the end</typeparam>
public abstract class JobKind<TArgs, TPiece, TResult, TAnswer> : IKind
    where TArgs : notnull
    where TPiece : notnull
    where TResult : notnull
    where TAnswer : notnull
{
    /// <summary>The word after <c>send</c>: lower case letters, digits and hyphens.</summary>
    public abstract string Name { get; }

    /// <summary>What the kind does, in one sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>True when an answer without one of its pieces is worthless: then the first dead piece ends the job.</summary>
    public virtual bool NeedsEveryPiece => true;

    /// <summary>False when results may be gathered as they come, so that none waits for an earlier piece.</summary>
    public virtual bool OrderMatters => true;

    /// <summary>True when its pieces start other programs, which a node's own settings must allow.</summary>
    public virtual bool RunsPrograms => false;

    /// <summary>Attempts per piece where the user says nothing; null takes the setting mailroom.jobs.attempts.</summary>
    public virtual int? Attempts => null;

    /// <summary>The techniques that make sense for it.</summary>
    public virtual IReadOnlyList<Technique> Techniques => Enum.GetValues<Technique>();

    /// <summary>
    /// True when pieces of such a job may end their process, so that only a process of their own contains them; <c>--by auto</c> then tries
    /// no other.
    /// </summary>
    public virtual bool NeedsProcess(TArgs args) => false;

    /// <summary>
    /// What pieces of such a job do with files of the machine that it was sent from; where they use some, it runs on that machine alone,
    /// unless the user names the nodes.
    /// </summary>
    public virtual FileUse Files(TArgs args) => FileUse.None;

    /// <summary>
    /// The technique that <c>--by auto</c> begins with where it may not measure pieces on threads; one of <see cref="Techniques"/>.
    /// </summary>
    public virtual Technique Preferred => Technique.Threads;

    /// <summary>Why it prefers that one, as the end of a sentence: "its pieces compute, and threads share …".</summary>
    public virtual string Because => "nothing is known of it that would speak for another";

    public IReadOnlyList<KindArgument> Arguments { get; } = KindArgument.Of(typeof(TArgs));

    /// <summary>Checks the arguments and may complete them, before anything starts.</summary>
    /// <param name="args">the arguments as given</param>
    /// <param name="directory">the folder that relative paths count from</param>
    /// <exception cref="Input.UserError">one clear line for the user</exception>
    public virtual TArgs Check(TArgs args, string directory) => args;

    /// <summary>The job's pieces, made one after the other while the job runs.</summary>
    public abstract IEnumerable<TPiece> Split(TArgs args, SplitHint hint);

    /// <summary>
    /// The same for a kind that must wait for what it splits, such as a list from a server; it is called instead of <see cref="Split"/>.
    /// </summary>
    public virtual ValueTask<IEnumerable<TPiece>> SplitAsync(TArgs args, SplitHint hint, CancellationToken cancellation) =>
        new(Split(args, hint));

    /// <summary>Runs one piece. It may be run more than once, and on any thread, process or machine.</summary>
    /// <exception cref="GiveUpException">trying again is no use; any other exception is tried again</exception>
    public abstract ValueTask<TResult> RunAsync(TArgs args, TPiece piece, PieceContext context);

    /// <summary>Makes the answer of all results, which come in the order of their pieces.</summary>
    public abstract TAnswer Combine(TArgs args, IEnumerable<TResult> results);

    /// <summary>Gathers results one by one; overridden by a kind whose results would not fit in memory.</summary>
    public virtual IFold<TResult, TAnswer> Fold(TArgs args) => new Gather(results => Combine(args, results));

    /// <summary>The answer as lines for people and pipes.</summary>
    public virtual string Text(TAnswer answer) => JsonSerializer.Serialize(answer, Codec.JsonOptions);

    /// <summary>True when <see cref="Text"/> is printed as it is, without a line's end of Mailroom's.</summary>
    public virtual bool IsTextExact => false;

    /// <summary>
    /// The file that holds the text instead, when it is too big for memory; one that the kind's fold has made in the state folder, and that
    /// goes with the job.
    /// </summary>
    public virtual string? TextFile(TAnswer answer) => null;

    /// <summary>Options that people know from programs like this one, and what to use here in their place.</summary>
    public virtual IReadOnlyDictionary<string, string> Elsewhere { get; } = new Dictionary<string, string>();

    /// <summary>
    /// What a person should know of the answer and programs need not: a line each, shown on stderr and by <c>jobs show</c>.
    /// </summary>
    public virtual IEnumerable<string> Notices(TArgs args, TAnswer answer) => [];

    public virtual Codec<TPiece> PieceCodec => Codec<TPiece>.Json;

    public virtual Codec<TResult> ResultCodec => Codec<TResult>.Json;

    IWork IKind.Bind(JsonObject arguments, string directory) =>
        new Work(this, Check((TArgs)ArgumentBinder.Bind(Name, Arguments, typeof(TArgs), arguments), directory));

    IWork IKind.Open(string argumentsJson) =>
        new Work(
            this,
            JsonSerializer.Deserialize<TArgs>(argumentsJson, Codec.JsonOptions)
                ?? throw new JsonException($"the arguments of a job of kind {Name} are null")
        );

    private sealed class Work(JobKind<TArgs, TPiece, TResult, TAnswer> kind, TArgs args) : IWork
    {
        public IKind Kind => kind;

        public string ArgumentsJson { get; } = JsonSerializer.Serialize(args, Codec.JsonOptions);

        public bool NeedsProcess => kind.NeedsProcess(args);

        public FileUse Files => kind.Files(args);

        public bool IsForeign { get; } = !BuiltInKinds.Has(kind);

        private readonly Codec<TPiece> _pieceCodec = kind.PieceCodec;
        private readonly Codec<TResult> _resultCodec = kind.ResultCodec;

        public Codec PieceCodec => _pieceCodec;

        public Codec ResultCodec => _resultCodec;

        public async ValueTask<(PieceSource Pieces, int? Total)> SplitAsync(SplitHint hint, CancellationToken cancellation)
        {
            var pieces = await kind.SplitAsync(args, hint, cancellation).ConfigureAwait(false);
            return (
                new Source(pieces),
                pieces.TryGetNonEnumeratedCount(out var total) ? total : (pieces as IReadOnlyCollection<TPiece>)?.Count
            );
        }

        public ValuesWriter PieceWriter(bool encodes, int count) => new ValuesWriter<TPiece>(_pieceCodec, keeps: true, encodes, count);

        public ValuesWriter ResultWriter(bool keeps, int most, int count) =>
            new ValuesWriter<TResult>(_resultCodec, keeps, encodes: true, count, most);

        public Task<object>? Run(Values pieces, int at, ValuesWriter results, PieceContext context)
        {
            var running = kind.RunAsync(args, _pieceCodec.Get(pieces, at), context);
            if (!running.IsCompletedSuccessfully)
                return Boxed(running).AsTask();
            ((ValuesWriter<TResult>)results).Add(running.Result is { } result ? result : throw NoResult());
            return null;
        }

        public ValueTask<object> RunAsync(object piece, PieceContext context) => Boxed(kind.RunAsync(args, (TPiece)piece, context));

        public (Values? Results, int Bad, Exception? Why) Decode(Values results)
        {
            if (results is not EncodedValues encoded)
                return (results, 0, null);
            var items = new TResult[encoded.Count];
            for (var at = 0; at < items.Length; at++)
            {
                try
                {
                    items[at] = _resultCodec.Get(encoded, at);
                }
                catch (Exception error) // the user's own codec may throw whatever it likes
                {
                    return (null, at, error);
                }
            }
            return (new Values<TResult>(items, items.Length, _resultCodec, encoded), 0, null);
        }

        public IFold Fold() => new BoxedFold(kind, args, kind.Fold(args), _resultCodec);

        private static async ValueTask<object> Boxed(ValueTask<TResult> running) =>
            await running.ConfigureAwait(false) is { } result ? result : throw NoResult();

        // Said where it happens, and not when all the work is done.
        private static GiveUpException NoResult() => new("it gave null, but a piece's result must be a value");
    }

    private sealed class Source(IEnumerable<TPiece> pieces) : PieceSource
    {
        private IEnumerator<TPiece>? _pieces;

        internal override bool MoveNext() => (_pieces ??= pieces.GetEnumerator()).MoveNext();

        internal override void Write(ValuesWriter writer) =>
            ((ValuesWriter<TPiece>)writer).Add(_pieces!.Current is { } piece ? piece : throw new GiveUpException("it is null"));

        public override IEnumerator<object> GetEnumerator() => pieces.Select(piece => (object)piece).GetEnumerator();

        public override void Dispose() => _pieces?.Dispose();
    }

    private sealed class Gather(Func<IEnumerable<TResult>, TAnswer> combine) : IFold<TResult, TAnswer>
    {
        private readonly List<TResult> _results = [];

        public void Add(TResult result) => _results.Add(result);

        public TAnswer Finish() => combine(_results);
    }

    private sealed class BoxedFold(
        JobKind<TArgs, TPiece, TResult, TAnswer> kind,
        TArgs args,
        IFold<TResult, TAnswer> fold,
        Codec<TResult> codec
    ) : IFold
    {
        public void Ended(object result) => fold.Ended((TResult)result);

        public void Add(object result) => fold.Add((TResult)result);

        public void Take(Values results, int from, int count, bool areNew, bool areNext)
        {
            for (var at = from; at < from + count; at++)
            {
                var result = codec.Get(results, at);
                if (areNew)
                    fold.Ended(result);
                if (areNext)
                    fold.Add(result);
            }
        }

        public Answer Finish()
        {
            var answer = fold.Finish() ?? throw new GiveUpException("its answer is null");
            var notices = kind.Notices(args, answer).ToArray();
            return new Answer(
                JsonSerializer.Serialize(answer, Codec.JsonOptions),
                kind.Text(answer) ?? "",
                notices.Length == 0 ? null : notices,
                kind.IsTextExact,
                kind.TextFile(answer)
            );
        }

        public void Dispose() => (fold as IDisposable)?.Dispose();
    }
}

/// <summary>
/// Takes results in the order of their pieces, unless the kind says that it does not matter, and makes the answer of them. One that is
/// <see cref="IDisposable"/> is disposed when its job is over.
/// </summary>
public interface IFold<in TResult, out TAnswer>
{
    /// <summary>Told of each result as it comes, whatever the order, and before <see cref="Add"/>.</summary>
    void Ended(TResult result) { }

    void Add(TResult result);

    TAnswer Finish();
}
