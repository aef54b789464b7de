using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Mailroom.Kinds;
using Mailroom.Pools;

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

    // Results that came before an earlier piece's; null for a dead piece, which the fold passes over.
    private readonly Dictionary<int, Payload?> _early = [];
    private IFold? _fold;
    private IEnumerator<object> _pieces = Enumerable.Empty<object>().GetEnumerator();
    private int _made;
    private int _folded;
    private bool _isRunning;
    private bool _isClosed;

    /// <summary>The pieces can be made from now on.</summary>
    /// <param name="Seconds">until then</param>
    public sealed record Ready(int? Total, double Seconds) : ILocalMessage;

    /// <summary>Pieces, and how many were passed by to make them.</summary>
    /// <param name="IsAll">there are no more</param>
    public sealed record Made(ImmutableArray<(int Index, Payload Payload)> Pieces, int Passed, bool IsAll) : ILocalMessage;

    /// <summary>Results were added to the answer.</summary>
    /// <param name="Folded">all pieces before this index, or as many where the order doesn't matter</param>
    public sealed record Entered(int Folded, int Results, double Seconds) : ILocalMessage;

    public sealed record Answered(Answer Answer) : ILocalMessage;

    /// <summary>The code threw.</summary>
    /// <param name="IsFold">what gathers results broke, so that there is no answer</param>
    public sealed record Broke(string Reason, string? Detail, bool IsFold) : ILocalMessage;

    public void Begin() => Post(() =>
    {
        _fold = work.Fold();
        return null;
    }, "its answer can't be begun", isFold: true);

    public void Split(SplitHint hint, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        Post(() =>
        {
            var splitting = work.SplitAsync(hint, cancellation);
            if (splitting.IsCompleted)
                return Open(splitting, begun);
            // It waits for something: meanwhile the thread is free.
            splitting.AsTask().ContinueWith(split => Post(() => Open(new ValueTask<(IEnumerable<object>, int?)>(split), begun), CantMake, isFold: false),
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return null;
        }, CantMake, isFold: false);
    }

    public void Make(int most) => Post(() =>
    {
        var pieces = ImmutableArray.CreateBuilder<(int, Payload)>();
        var (passed, index) = (0, _made);
        try
        {
            while (pieces.Count < most)
            {
                index = _made;
                if (!_pieces.MoveNext())
                    return new Made(pieces.DrainToImmutable(), passed, IsAll: true);
                (_made, passed) = (_made + 1, passed + 1);
                if (isRecorded(index))
                    continue;
                var payload = Payload.Of(_pieces.Current ?? throw new GiveUpException("it is null"), work.PieceCodec);
                if (encodes)
                    _ = payload.Bytes;
                pieces.Add((index, payload));
            }
        }
        catch (Exception error) // the user's own code may throw whatever it likes
        {
            return new Broke($"piece {index} can't be made: {Thrown.Line(error)}", Thrown.Detail(error), IsFold: false);
        }
        return new Made(pieces.DrainToImmutable(), passed, IsAll: false);
    }, CantMake, isFold: false);

    /// <summary>Adds results, and null for each piece that has none.</summary>
    public void Enter(ImmutableArray<(int Index, Payload? Result)> results) => Post(() =>
    {
        var begun = Stopwatch.GetTimestamp();
        foreach (var (index, result) in results)
            Enter(index, result);
        return new Entered(_folded, results.Length, Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }, CantCombine, isFold: true);

    public void Finish() => Post(() =>
    {
        // Of a job that was halted some pieces never ran; those that came after them still count.
        foreach (var result in _early.OrderBy(pair => pair.Key).Select(pair => pair.Value).OfType<Payload>())
            _fold!.Add(result.Value(work.ResultCodec));
        _early.Clear();
        return new Answered(_fold!.Finish());
    }, CantCombine, isFold: true);

    /// <summary>The job is over: nothing more is called but what cleans up.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _calls.Clear();
        }
        Post(() =>
        {
            _pieces.Dispose();
            _fold?.Dispose();
            return null;
        }, "", isFold: false);
    }

    private const string CantMake = "its pieces can't be made";
    private const string CantCombine = "its results can't be combined";

    private Ready Open(ValueTask<(IEnumerable<object> Pieces, int? Total)> split, long begun)
    {
#pragma warning disable RS0030 // it is completed
        var (pieces, total) = split.Result;
#pragma warning restore RS0030
        _pieces = pieces.GetEnumerator();
        return new Ready(total, Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    private void Enter(int index, Payload? result)
    {
        var value = result?.Value(work.ResultCodec);
        if (value is not null)
            _fold!.Ended(value);
        if (work.Kind.OrderMatters && index != _folded)
        {
            _early.Add(index, result); // as it came: decoded it may be far bigger
            return;
        }
        for (; ; value = result?.Value(work.ResultCodec))
        {
            if (value is not null)
                _fold!.Add(value);
            _folded++;
            if (!work.Kind.OrderMatters || !_early.Remove(_folded, out result))
                return;
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
                return new Broke(error is GiveUpException && isFold ? Thrown.Line(error) : $"{what}: {Thrown.Line(error)}", Thrown.Detail(error), isFold);
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
