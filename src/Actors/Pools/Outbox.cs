using Akka.Actor;
using Mailroom.Batches;

namespace Mailroom.Pools;

/// <summary>A worker's reports on their way to its pool.</summary>
internal abstract class Outbox
{
    /// <summary>Whether it keeps what it sends, and so has to be told to send it again.</summary>
    public abstract bool Keeps { get; }

    public abstract bool IsEmpty { get; }

    public abstract void Send(int job, long lease, Ends ends);

    public abstract void Acknowledge(long report);

    /// <summary>Sends all that is kept once more.</summary>
    public abstract void SendAgain();

    /// <summary>The same for what was kept already when this was last called.</summary>
    public abstract void SendOldAgain();
}

/// <summary>Inside a process nothing is lost on the way.</summary>
internal sealed class PlainOutbox(IActorRef pool) : Outbox
{
    private long _last;

    public override bool Keeps => false;

    public override bool IsEmpty => true;

    public override void Send(int job, long lease, Ends ends) => pool.Tell(new Pool.Report(++_last, job, lease, ends));

    public override void Acknowledge(long report) { }

    public override void SendAgain() { }

    public override void SendOldAgain() { }
}
