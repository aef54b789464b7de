using System.Diagnostics;
using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Jobs;

/// <summary>
/// The kind's own code of one job, off the actors' threads: it makes the pieces and gathers the results, one call after
/// the other. What comes of each call is told to the job, which never waits for it.
/// </summary>
/// <param name="encodes">whether pieces are encoded as they are made, because they may go to another process</param>
/// <param name="isRecorded">pieces that need not be made</param>
internal sealed class JobCode(IWork work, ICodeRunner runner, IActorRef job, bool encodes, Func<int, bool> isRecorded)
{
    private readonly Lock _gate = new();
    private readonly Queue<Func<object?>> _calls = new();

    // Pieces made for another process are cut off here, so that a batch of big ones is not too big.
    private const int MaxBytes = 1024 * 1024;

    // Results that came before an earlier piece's, by their first index; none for a dead piece, which the fold passes over.
    // As they came: decoded they may be far bigger.
    private readonly Dictionary<int, Run> _early = [];
    private IFold? _fold;
    private PieceSource? _pieces;
    private int _made;
    private int _folded;
    private bool _isRunning;
    private bool _isClosed;

    /// <summary>The pieces can be made from now on.</summary>
    /// <param name="Seconds">until then</param>
    public sealed record Ready(int? Total, double Seconds) : ILocalMessage;

    /// <summary>Pieces, and how many were passed by to make them.</summary>
    /// <param name="IsAll">there are no more</param>
    public sealed record Made(Batch Pieces, int Passed, bool IsAll) : ILocalMessage;

    /// <summary>Results were added to the answer.</summary>
    /// <param name="Folded">all pieces before this index, or as many where the order doesn't matter</param>
    public sealed record Entered(int Folded, int Results, double Seconds) : ILocalMessage;

    public sealed record Answered(Answer Answer) : ILocalMessage;

    /// <summary>The code threw.</summary>
    /// <param name="IsFold">what gathers results broke, so that there is no answer</param>
    public sealed record Broke(string Reason, string? Detail, bool IsFold) : ILocalMessage;

    public void Begin() =>
        Post(
            () =>
            {
                _fold = work.Fold();
                return null;
            },
            "its answer can't be begun",
            isFold: true
        );

    public void Split(SplitHint hint, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        Post(
            () =>
            {
                var splitting = work.SplitAsync(hint, cancellation);
                if (splitting.IsCompleted)
                    return Open(splitting, begun);
                // It waits for something: meanwhile the thread is free.
                splitting
                    .AsTask()
                    .ContinueWith(
                        split => Post(() => Open(new ValueTask<(PieceSource, int?)>(split), begun), CantMake, isFold: false),
                        CancellationToken.None,
                        TaskContinuationOptions.ExecuteSynchronously,
                        TaskScheduler.Default
                    );
                return null;
            },
            CantMake,
            isFold: false
        );
    }

    public void Make(int most) =>
        Post(
            () =>
            {
                var (pieces, indexes) = (work.PieceWriter(encodes, most), new Indexes());
                var (before, isAll) = (_made, false);
                try
                {
                    while (pieces.Count < most && pieces.Bytes < MaxBytes && !(isAll = !_pieces!.MoveNext()))
                    {
                        if (!isRecorded(_made))
                        {
                            _pieces.Write(pieces);
                            indexes.Add(_made);
                        }
                        _made++;
                    }
                }
                catch (Exception error) // the user's own code may throw whatever it likes
                {
                    var thrown = error is UnencodableException { InnerException: { } cause } ? cause : error;
                    return new Broke($"piece {_made} can't be made: {Thrown.Line(thrown)}", Thrown.Detail(thrown), IsFold: false);
                }
                return new Made(Batch.Of(indexes, pieces.Take()), _made - before, isAll);
            },
            CantMake,
            isFold: false
        );

    /// <summary>Adds results, and passes over the pieces that have none.</summary>
    public void Enter(Arrivals arrivals) =>
        Post(
            () =>
            {
                var begun = Stopwatch.GetTimestamp();
                foreach (var done in arrivals.Done)
                    Enter(done);
                foreach (var (index, shown) in arrivals.Dead)
                    Enter(index, shown is null ? new Run(null, 0, 1) : new Run(shown.Part.Values, shown.Part.From, 1));
                return new Entered(_folded, arrivals.Count, Stopwatch.GetElapsedTime(begun).TotalSeconds);
            },
            CantCombine,
            isFold: true
        );

    public void Finish() =>
        Post(
            () =>
            {
                // Of a job that was halted some pieces never ran; those that came after them still count.
                foreach (var (_, early) in _early.OrderBy(pair => pair.Key))
                    early.Take(_fold!, areNew: false, areNext: true);
                _early.Clear();
                return new Answered(_fold!.Finish());
            },
            CantCombine,
            isFold: true
        );

    /// <summary>The job is over: nothing more is called but what cleans up.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _calls.Clear();
        }
        Post(
            () =>
            {
                _pieces?.Dispose();
                _fold?.Dispose();
                return null;
            },
            "",
            isFold: false
        );
    }

    private const string CantMake = "its pieces can't be made";
    private const string CantCombine = "its results can't be combined";

    private Ready Open(ValueTask<(PieceSource Pieces, int? Total)> split, long begun)
    {
#pragma warning disable RS0030 // it is completed
        var (pieces, total) = split.Result;
#pragma warning restore RS0030
        _pieces = pieces;
        return new Ready(total, Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    private void Enter(Batch done)
    {
        if (done.IsRange || !work.Kind.OrderMatters)
            Enter(done.Index(0), new Run(done.Values, done.Place(0), done.Count));
        else
            for (var at = 0; at < done.Count; at++)
                Enter(done.Index(at), new Run(done.Values, done.Place(at), 1));
    }

    private void Enter(int index, Run run)
    {
        var areNext = !work.Kind.OrderMatters || index == _folded;
        run.Take(_fold!, areNew: true, areNext);
        if (!areNext)
        {
            _early.Add(index, run);
            return;
        }
        for (_folded += run.Count; _early.Count > 0 && _early.Remove(_folded, out var next); _folded += next.Count)
            next.Take(_fold!, areNew: false, areNext: true);
    }

    /// <summary>Results of pieces whose indexes are consecutive.</summary>
    /// <param name="Results">null where there are none</param>
    private readonly record struct Run(Values? Results, int From, int Count)
    {
        public void Take(IFold fold, bool areNew, bool areNext)
        {
            if (Results is not null)
                fold.Take(Results, From, Count, areNew, areNext);
        }
    }

    private void Post(Func<object?> call, string what, bool isFold)
    {
        lock (_gate)
        {
            _calls.Enqueue(Guarded);
            if (_isRunning)
                return;
            _isRunning = true;
        }
        runner.Run(Drain);

        object? Guarded()
        {
            try
            {
                return call();
            }
            catch (Exception error) // the user's own code may throw whatever it likes
            {
                return new Broke(
                    error is GiveUpException && isFold ? Thrown.Line(error) : $"{what}: {Thrown.Line(error)}",
                    Thrown.Detail(error),
                    isFold
                );
            }
        }
    }

    private void Drain()
    {
        for (; ; )
        {
            Func<object?>? call;
            lock (_gate)
            {
                if (!_calls.TryDequeue(out call))
                {
                    _isRunning = false;
                    return;
                }
            }
            if (call() is { } told && !_isClosed)
                job.Tell(told);
        }
    }
}
