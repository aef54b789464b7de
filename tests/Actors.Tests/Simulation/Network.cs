using Akka.Actor;
using Akka.TestKit;
using Mailroom.Nodes;
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

/// <summary>One worker's connection, on the node's side of it; what the worker takes for its pool.</summary>
internal sealed class Line : ReceiveActor
{
    private IActorRef _link = ActorRefs.Nobody;

    public Line(Network network, Props worker)
    {
        var self = Self;
        var child = Context.ActorOf(worker.WithDispatcher(CallingThreadDispatcher.Id));
        Receive<Attach>(attach => _link = attach.Link);
        Receive<Parcel>(parcel => network.Add(new Network.Message(self, child, parcel.Message)));
        Receive<Pool.IFromWorker>(message => network.Add(new Network.Message(self, _link, message)));
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    /// <param name="Link">what the pool takes for the worker</param>
    public sealed record Attach(IActorRef Link);
}
