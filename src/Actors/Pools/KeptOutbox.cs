using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>
/// Between processes each report is kept, and sent again, until the host says that it is committed: what a piece gave must not depend on
/// one message.
/// </summary>
internal sealed class KeptOutbox(IActorRef pool, int size) : Outbox
{
    // Bytes of a piece that is done beside its result, at most.
    private const int Overhead = 64;

    private readonly SortedDictionary<long, ImmutableArray<Pool.IFromWorker>> _kept = [];

    // By chance, so that an acknowledgement for an earlier life of the worker fits nothing of this one.
    private long _last = Random.Shared.NextInt64(long.MaxValue / 2);
    private long _waited;

    public override bool Keeps => true;

    public override bool IsEmpty => _kept.Count == 0;

    public override void Send(int job, long lease, Ends ends)
    {
        var whole = ((long)Overhead * ends.Done.Count) + ends.Done.AllBytes.Length;
        if (whole <= size)
        {
            Send(job, lease, Part(ends, 0, ends.Done.Count), (int)whole, ends.Others);
            return;
        }
        var (from, bytes) = (0, 0);
        for (var at = 0; at < ends.Done.Count; at++)
        {
            var length = ends.Done.Length(at);
            if (length > size || bytes + Overhead + length > size)
            {
                Keep(job, lease, Part(ends, from, at));
                (from, bytes) = (at, 0);
            }
            bytes += Overhead + length;
            if (length <= size)
                continue;
            KeepInParts(job, lease, ends[at]);
            (from, bytes) = (at + 1, 0);
        }
        Send(job, lease, Part(ends, from, ends.Done.Count), bytes, ends.Others);
    }

    /// <summary>Those that are not done, together with the rest of those that are.</summary>
    private void Send(int job, long lease, Ends done, int bytes, ImmutableArray<Outcome> others)
    {
        var told = ImmutableArray.CreateBuilder<Outcome>();
        foreach (var outcome in others)
        {
            var isBig = outcome.Result?.Bytes.Length > size;
            if (isBig || (bytes > 0 && bytes + outcome.WireBytes > size))
            {
                Keep(job, lease, new Ends(done.Done, done.DoneSeconds, told.DrainToImmutable()));
                (done, bytes) = (Ends.None, 0);
            }
            if (isBig)
            {
                KeepInParts(job, lease, outcome);
                continue;
            }
            told.Add(outcome);
            bytes += outcome.WireBytes;
        }
        Keep(job, lease, new Ends(done.Done, done.DoneSeconds, told.DrainToImmutable()));
    }

    private static Ends Part(Ends ends, int from, int to) =>
        from == to ? Ends.None : new Ends(ends.Done.Slice(from, to - from), ends.DoneSeconds * (to - from) / ends.Done.Count, []);

    /// <summary>A result that is too big for one message goes ahead of its outcome, in parts.</summary>
    private void KeepInParts(int job, long lease, Outcome outcome)
    {
        var result = outcome.Result!.Bytes;
        var parts = ImmutableArray.CreateBuilder<Pool.IFromWorker>();
        for (var at = 0; at < result.Length; at += size)
            parts.Add(
                new Pool.Part(lease, outcome.Piece.Index, parts.Count, Payload.Of(result.Slice(at, Math.Min(size, result.Length - at))))
            );
        var count = parts.Count;
        Keep(job, lease, [outcome with { Result = null, Parts = count }], parts);
    }

    private void Keep(int job, long lease, Ends ends, ImmutableArray<Pool.IFromWorker>.Builder? ahead = null)
    {
        if (ends.Count == 0)
            return;
        var messages = ahead ?? ImmutableArray.CreateBuilder<Pool.IFromWorker>(1);
        messages.Add(new Pool.Report(++_last, job, lease, ends));
        _kept.Add(_last, messages.DrainToImmutable());
        Send(_kept[_last]);
    }

    public override void Acknowledge(long report) => _kept.Remove(report);

    public override void SendAgain()
    {
        foreach (var messages in _kept.Values)
            Send(messages);
    }

    public override void SendOldAgain()
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
}
