using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>
/// A worker's reports on their way to the pool. Between processes each is kept, and sent again, until the host says that
/// it is committed: what a piece gave must not depend on one message. Inside a process nothing is lost on the way.
/// </summary>
internal sealed class Outbox(IActorRef pool, int? most)
{
    private readonly SortedDictionary<long, ImmutableArray<Pool.IFromWorker>> _kept = [];

    // By chance, so that an acknowledgement for an earlier life of the worker fits nothing of this one.
    private long _last = Random.Shared.NextInt64(long.MaxValue / 2);
    private long _waited;

    public bool IsEmpty => _kept.Count == 0;

    public void Send(int job, long lease, ImmutableArray<Outcome> outcomes)
    {
        if (most is not { } size)
        {
            pool.Tell(new Pool.Report(0, job, lease, outcomes));
            return;
        }
        var messages = ImmutableArray.CreateBuilder<Pool.IFromWorker>(1);
        var reported = ImmutableArray.CreateBuilder<Outcome>(outcomes.Length);
        var bytes = 0;
        foreach (var outcome in outcomes)
        {
            var (parted, parts) = Parted(lease, outcome, size);
            if (bytes > 0 && bytes + parted.WireBytes > size)
            {
                Keep(messages, job, lease, reported);
                bytes = 0;
            }
            messages.AddRange(parts);
            reported.Add(parted);
            bytes += parted.WireBytes;
            if (parts.Length == 0)
                continue;
            Keep(messages, job, lease, reported); // the host holds a few results in parts at once, and no more
            bytes = 0;
        }
        if (reported.Count > 0)
            Keep(messages, job, lease, reported);
    }

    private void Keep(ImmutableArray<Pool.IFromWorker>.Builder messages, int job, long lease, ImmutableArray<Outcome>.Builder outcomes)
    {
        messages.Add(new Pool.Report(++_last, job, lease, outcomes.DrainToImmutable()));
        _kept.Add(_last, messages.DrainToImmutable());
        Send(_kept[_last]);
    }

    public void Acknowledge(long report) => _kept.Remove(report);

    /// <summary>Sends all that is kept once more.</summary>
    public void SendAgain()
    {
        foreach (var messages in _kept.Values)
            Send(messages);
    }

    /// <summary>The same for what was kept already when this was last called.</summary>
    public void SendOldAgain()
    {
        foreach (var messages in _kept.TakeWhile(pair => pair.Key <= _waited).Select(pair => pair.Value))
            Send(messages);
        _waited = _last;
    }

    private void Send(ImmutableArray<Pool.IFromWorker> messages)
    {
        foreach (var message in messages)
            pool.Tell(message);
    }

    /// <summary>A result that is too big for one message goes ahead of its outcome, in parts.</summary>
    private static (Outcome Outcome, ImmutableArray<Pool.Part> Parts) Parted(long lease, Outcome outcome, int size)
    {
        if (outcome.Result is not { } result || result.Bytes.Length <= size)
            return (outcome, []);
        var parts = ImmutableArray.CreateBuilder<Pool.Part>();
        for (var at = 0; at < result.Bytes.Length; at += size)
            parts.Add(new Pool.Part(lease, outcome.Piece, parts.Count, Payload.Of(result.Bytes.Slice(at, Math.Min(size, result.Bytes.Length - at)))));
        return (outcome with { Result = null, Parts = parts.Count }, parts.ToImmutable());
    }
}
