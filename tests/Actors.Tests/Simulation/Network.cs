using Akka.Actor;
using Mailroom.Pools;

namespace Mailroom.Simulation;

/// <summary>What lies between a pool and its workers: messages wait here until the simulation delivers, drops or doubles them.</summary>
internal sealed class Network
{
    private readonly List<Message> _messages = [];

    public int Count => _messages.Count;

    public void Add(Message message) => _messages.Add(message);

    public void Deliver(int index)
    {
        var message = _messages[index];
        _messages.RemoveAt(index);
        message.Deliver();
    }

    public void Double(int index) => _messages[index].Deliver();

    public void Drop(int index) => _messages.RemoveAt(index);

    /// <summary>A connection that breaks loses what was on its way.</summary>
    public void DropOf(IActorRef line) => _messages.RemoveAll(message => message.Line.Equals(line));

    public sealed record Message(IActorRef Line, IActorRef To, object Content)
    {
        public void Deliver() => To.Tell(Content, Line);
    }
}

/// <summary>One worker's connection: what the worker and the pool take each other for.</summary>
internal sealed class Line : ReceiveActor
{
    private IActorRef _worker = ActorRefs.Nobody;

    /// <param name="pool">asked anew for each message, because a host that was started again has another</param>
    public Line(Network network, Func<IActorRef> pool)
    {
        Receive<Attach>(attach => _worker = attach.Worker);
        ReceiveAny(message => network.Add(new Network.Message(Self, message.GetType().DeclaringType == typeof(Pool) ? pool() : _worker, message)));
    }

    public sealed record Attach(IActorRef Worker);
}
