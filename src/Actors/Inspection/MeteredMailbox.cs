using System.Collections.Concurrent;
using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Mailroom.Inspection;

/// <summary>
/// The mailbox of every actor here: Akka's unbounded one that also knows its depth and the age of its oldest message.
/// Nothing bounds it by force; the protocol of asking and leasing does.
/// </summary>
public sealed class MeteredMailbox(Akka.Actor.Settings settings, Config config)
    : MailboxType(settings, config),
        IProducesMessageQueue<MeteredQueue>
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new MeteredQueue(owner, Roster.Of(system));
}

/// <summary>A queue of messages with the time at which each came.</summary>
public sealed class MeteredQueue : IMessageQueue, IUnboundedMessageQueueSemantics
{
    private readonly ConcurrentQueue<(Envelope Message, long At)> _messages = new();
    private readonly Roster _roster;
    private readonly Roster.Entry? _entry;
    private long _handled;

    internal MeteredQueue(IActorRef? owner, Roster roster) => (_roster, _entry) = (roster, roster.Enter(owner, this));

    public bool HasMessages => !_messages.IsEmpty;

    public int Count => _messages.Count;

    /// <summary>Messages taken out since the actor was made.</summary>
    public long Handled => Interlocked.Read(ref _handled);

    /// <summary>How long the oldest message has waited; zero when none waits.</summary>
    public TimeSpan Oldest => _messages.TryPeek(out var oldest) ? Stopwatch.GetElapsedTime(oldest.At) : TimeSpan.Zero;

    public void Enqueue(IActorRef receiver, Envelope envelope) => _messages.Enqueue((envelope, Stopwatch.GetTimestamp()));

    public bool TryDequeue(out Envelope envelope)
    {
        var found = _messages.TryDequeue(out var message);
        envelope = message.Message;
        // Only the actor's own thread takes messages out; others just read the count.
        if (found)
            Volatile.Write(ref _handled, _handled + 1);
        return found;
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        if (_entry is not null)
            _roster.Leave(owner);
        while (TryDequeue(out var envelope))
            deadletters.Enqueue(owner, envelope);
    }
}
