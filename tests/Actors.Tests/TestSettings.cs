using Akka.Configuration;
using Mailroom.Kinds;
using Mailroom.Settings;
using Mailroom.Techniques;

namespace Mailroom;

/// <summary>
/// The product's own settings, and Akka as the tests want it: no network, virtual time, every message put to the wire's test.
/// </summary>
internal static class TestSettings
{
    public static SettingsLayer Base { get; } =
        new("mailroom.conf", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", "mailroom.conf")));

    public static MailroomSettings Default { get; } = MailroomSettings.Read([Base]);

    public static Pools.Pool.Settings Pool(Technique technique) => Traits.Of(technique).In(Default, resumes: true).Pool;

    public static Config Akka { get; } =
        ConfigurationFactory
            .ParseString(
                """
                akka {
                  loglevel = DEBUG
                  loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]
                  stdout-logger-class = "Akka.Event.StandardOutLogger"
                  scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
                  actor {
                    provider = "Akka.Actor.LocalActorRefProvider, Akka"
                    serialize-messages = on
                    serialize-creators = off
                    # Akka.Remote has these; the specs' barrier needs them though they have no network.
                    serializers.test-misc = "Akka.Remote.Serialization.MiscMessageSerializer, Akka.Remote"
                    serializers.test-primitive = "Akka.Remote.Serialization.PrimitiveSerializers, Akka.Remote"
                    serialization-settings.test-primitive.use-legacy-behavior = off
                    serialization-identifiers {
                      "Akka.Remote.Serialization.MiscMessageSerializer, Akka.Remote" = 1016
                      "Akka.Remote.Serialization.PrimitiveSerializers, Akka.Remote" = 1017
                    }
                    serialization-bindings {
                      "Akka.Actor.Identify, Akka" = test-misc
                      "Akka.Actor.ActorIdentity, Akka" = test-misc
                      "System.String" = test-primitive
                    }
                  }
                  test.timefactor = 1.0
                }
                """
            )
            .WithFallback(Default.Config);

    /// <summary>The same with the real clock, for specs in which threads really run.</summary>
    public static Config AkkaRealTime { get; } =
        ConfigurationFactory
            .ParseString("akka.scheduler.implementation = \"Akka.Actor.HashedWheelTimerScheduler, Akka\"")
            .WithFallback(Akka);
}
