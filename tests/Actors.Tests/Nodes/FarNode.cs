using Akka.Actor;
using Akka.TestKit;

namespace Mailroom.Nodes;

/// <summary>A node as the host sees it: an actor under the address of another process. What it is told ends at a probe.</summary>
internal sealed class FarNode(TestKitBase kit, string name)
{
    private readonly TestProbe _probe = kit.CreateTestProbe();

    public IActorRef Keeper { get; private set; } = ActorRefs.Nobody;

    public long Session { get; private set; }

    public Address Address { get; } = new("akka.tls", Door.Doors.NodeSystem, Door.Doors.HostOf(name), 4711);

    public void Knock(IActorRef gate, Gate.Join join) => gate.Tell(new Parcel(0, 0, join), Ref());

    /// <summary>Knocks and is let in.</summary>
    public FarNode Join(IActorRef gate, Gate.Join join)
    {
        Knock(gate, join);
        _probe.FishForMessage<Parcel>(parcel =>
        {
            (Session, Keeper) = (parcel.Session, _probe.LastSender);
            return parcel.Message is Gate.Welcome;
        });
        return this;
    }

    public void Tell(object message, int worker = 0) => Keeper.Tell(new Parcel(Session, worker, message), Ref());

    public T Expect<T>() => Assert.IsType<T>(_probe.ExpectMsg<Parcel>().Message);

    public T Fish<T>() => (T)_probe.FishForMessage<Parcel>(parcel => parcel.Message is T).Message;

    public void ExpectNothing() => _probe.ExpectNoMsg(TimeSpan.Zero);

    public IActorRef Ref() => new Far(_probe.Ref, new RootActorPath(Address) / "user" / "node", ((ExtendedActorSystem)kit.Sys).Provider);

    private sealed class Far(IActorRef target, ActorPath path, IActorRefProvider provider) : MinimalActorRef
    {
        public override ActorPath Path => path;

        public override IActorRefProvider Provider => provider;

        protected override void TellInternal(object message, IActorRef sender) => target.Tell(message, sender);
    }
}
