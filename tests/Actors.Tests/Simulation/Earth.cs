using Akka.Actor;
using Akka.TestKit;
using Mailroom.Nodes;

namespace Mailroom.Simulation;

/// <summary>The parent of all actors of the simulation: what it makes lives on the thread that asks, from the first message on.</summary>
internal sealed class Earth : ReceiveActor
{
    private readonly List<Exception> _broken = [];

    public Earth()
    {
        Receive<Make>(make => make.Made = Context.ActorOf(make.Props.WithDispatcher(CallingThreadDispatcher.Id)));
        Receive<IActorRef>(Context.Stop);
        Receive<Link.Lie>(lie => _broken.Add(new InvalidOperationException($"an honest node is said to lie: {lie.What}")));
        Receive<Broken>(broken => broken.By = [.. _broken]);
        Receive<Identify>(_ => Sender.Tell(new ActorIdentity(null, Self)));
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(error =>
        {
            _broken.Add(error);
            return Directive.Stop;
        });

    /// <summary>Make an actor; it is there when the message is handled, and that is at once.</summary>
    public sealed class Make(Props props)
    {
        public Props Props => props;

        public IActorRef Made { get; set; } = ActorRefs.Nobody;
    }

    /// <summary>What broke any of them?</summary>
    public sealed class Broken
    {
        public IReadOnlyList<Exception> By { get; set; } = [];
    }
}
