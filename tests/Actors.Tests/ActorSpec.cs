using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace Mailroom;

/// <summary>A spec of actors in virtual time.</summary>
public abstract class ActorSpec(Config? config = null) : TestKit(config ?? TestSettings.Akka)
{
    protected TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    /// <summary>Waits until an actor has handled all that was sent to it before.</summary>
    protected void Settle(IActorRef actor)
    {
        var probe = CreateTestProbe();
        actor.Tell(new Identify("settled"), probe.Ref);
        probe.ExpectMsg<ActorIdentity>();
    }

    /// <summary>The same for two actors that talk to each other, as often as they may answer back.</summary>
    protected void Settle(params IActorRef[] actors)
    {
        for (var round = 0; round < 4; round++)
            foreach (var actor in actors)
                Settle(actor);
    }
}
