namespace Mailroom.Host.Lessons.Schedules;

/// <summary>
/// One run of a little program. Its threads are coroutines on one real thread: each stands before its next operation on something shared,
/// and goes on when it has the turn. So whoever gives the turns decides all that a scheduler decides by chance.
/// </summary>
internal sealed class World
{
    private readonly List<Strand> _strands = [];
    private readonly List<IShared> _shared = [];
    private Strand? _running;

    /// <summary>What is wrong now, or null: looked at after each step.</summary>
    public Func<string?> Always { private get; set; } = () => null;

    /// <summary>What is wrong when all threads have ended, or null.</summary>
    public Func<string?> AtEnd { private get; set; } = () => null;

    public IReadOnlyList<string> Threads => [.. _strands.Select(strand => strand.Name)];

    public bool IsOver => _strands.All(strand => strand.Turn is null);

    /// <summary>What is wrong: something that must always hold, something at the end, or that nobody can go on.</summary>
    public string? Fault =>
        _strands.Select(strand => strand.Failure).FirstOrDefault(failure => failure is not null)
        ?? Always()
        ?? (
            IsOver ? AtEnd()
            : Runnable.Count == 0 ? "nobody can go on: " + string.Join("; ", Waiting)
            : null
        );

    /// <summary>The threads that can do their next operation now, by number.</summary>
    public IReadOnlyList<int> Runnable =>
        [.. Enumerable.Range(0, _strands.Count).Where(thread => _strands[thread].Turn is { } turn && turn.Op.MayRun)];

    /// <summary>
    /// Equal for two moments from which everything goes on alike: what is shared, and what each thread has seen until now.
    /// </summary>
    public string Moment =>
        string.Join('|', _shared.Select(shared => shared.State).Concat(_strands.Select(strand => string.Join(',', strand.Seen))));

    private IEnumerable<string> Waiting =>
        _strands.Where(strand => strand.Turn is not null).Select(strand => $"{strand.Name} stands before '{strand.Turn!.Op.Text}'");

    /// <summary>Adds a thread, which runs up to its first operation.</summary>
    public void Thread(string name, Func<Task> code)
    {
        var strand = new Strand(name);
        _strands.Add(strand);
        Run(strand, () => strand.Code = code());
    }

    public Cell<T> Cell<T>(string name, T value) => Add(new Cell<T>(name, value));

    public Gate Gate(string name) => Add(new Gate(name, () => _running!.Name));

    public Line<T> Line<T>(string name, int? bound = null) => Add(new Line<T>(name, bound));

    /// <summary>What a thread is about to do.</summary>
    public string Next(int thread) => _strands[thread].Turn?.Op.Text ?? "has ended";

    /// <summary>Gives a thread the turn.</summary>
    /// <returns>what it did</returns>
    public string Step(int thread)
    {
        var strand = _strands[thread];
        var (op, goOn) = strand.Turn ?? throw new InvalidOperationException($"{strand.Name} has ended");
        _running = strand;
        var did = op.Run();
        strand.Seen.Add($"{did} {op.Given}");
        if (op.Then is { } then)
            strand.Turn = new Turn(then, goOn);
        else
            Run(strand, goOn);
        return did;
    }

    private T Add<T>(T shared)
        where T : IShared
    {
        shared.Stand = (op, goOn) => _running!.Turn = new Turn(op, goOn);
        _shared.Add(shared);
        return shared;
    }

    // Without a context of anybody's: what goes on after an await must do so here and at once.
    private void Run(Strand strand, Action code)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        (_running, strand.Turn) = (strand, null);
        code();
        SynchronizationContext.SetSynchronizationContext(context);
        if (strand.Turn is null && strand.Code is { IsFaulted: true } failed)
            strand.Failure = $"{strand.Name}: {failed.Exception!.InnerException!.Message}";
    }

    private sealed class Strand(string name)
    {
        public string Name => name;

        public Task? Code { get; set; }

        /// <summary>Null when it has ended.</summary>
        public Turn? Turn { get; set; }

        public string? Failure { get; set; }

        public List<string> Seen { get; } = [];
    }

    private sealed record Turn(Op Op, Action GoOn);
}
