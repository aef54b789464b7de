using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Kinds;

namespace Mailroom.Pools;

/// <summary>
/// A worker's reports on their way to the pool. Between processes each is kept, and sent again, until the host says that
/// it is committed: what a piece gave must not depend on one message. Inside a process nothing is lost on the way.
/// </summary>
internal sealed class Outbox(IActorRef pool, long session, Worker.Limits? limits)
{
    private readonly SortedDictionary<long, ImmutableArray<IWireMessage>> _kept = [];
    private long _last;
    private long _waited;

    public bool IsEmpty => _kept.Count == 0;

    public void Send(int job, long lease, ImmutableArray<Outcome> outcomes)
    {
        if (limits is null)
        {
            pool.Tell(new Pool.Report(session, 0, job, lease, outcomes));
            return;
        }
        var messages = ImmutableArray.CreateBuilder<IWireMessage>(1);
        var report = new Pool.Report(session, ++_last, job, lease, [.. outcomes.Select(outcome => Parted(messages, lease, outcome, limits.Message))]);
        messages.Add(report);
        _kept.Add(_last, messages.ToImmutable());
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

    private void Send(ImmutableArray<IWireMessage> messages)
    {
        foreach (var message in messages)
            pool.Tell(message);
    }

    /// <summary>Puts a result that is too big for one message ahead of its outcome, in parts.</summary>
    private Outcome Parted(ImmutableArray<IWireMessage>.Builder messages, long lease, Outcome outcome, int most)
    {
        if (outcome.Result is not { } result || result.Bytes.Length <= most)
            return outcome;
        var parts = 0;
        for (var at = 0; at < result.Bytes.Length; at += most, parts++)
            messages.Add(new Pool.Part(session, lease, outcome.Piece, parts, Payload.Of(result.Bytes.Slice(at, Math.Min(most, result.Bytes.Length - at)))));
        return outcome with { Result = null, Parts = parts };
    }
}
