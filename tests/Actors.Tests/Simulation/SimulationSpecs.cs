using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Xunit.Abstractions;

namespace Mailroom.Simulation;

/// <summary>Thousands of small worlds, each with a fate of its own, on one thread.</summary>
public class SimulationSpecs(ITestOutputHelper output)
    : ActorSpec(
        ConfigurationFactory
            .ParseString(
                """
                akka.loglevel = OFF
                akka.loggers = []
                akka.actor.serialize-messages = off
                mailroom.dispatchers {
                  thread { type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit" }
                  journal { type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit" }
                  links { type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit" }
                  jobs { type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit" }
                }
                """
            )
            .WithFallback(TestSettings.Akka)
    )
{
    // Others each time, so that many runs see many; MAILROOM_WORLDS asks for more.
    private static readonly int Worlds = int.TryParse(Environment.GetEnvironmentVariable("MAILROOM_WORLDS"), out var given) ? given : 1_000;
    private const int Steps = 300;

    // Worlds that once broke the promise; they come first, ever after.
    private static readonly int[] Broke = [10620516];

    [Fact]
    public void World_should_keep_the_promise_whatever_is_lost_doubled_reordered_or_killed()
    {
        // MAILROOM_SEED runs one world again.
        var first = Environment.GetEnvironmentVariable("MAILROOM_SEED") is { Length: > 0 } told
            ? int.Parse(told, System.Globalization.CultureInfo.InvariantCulture)
            : (int?)null;
        var start = first ?? Environment.TickCount & 0x3fffffff;
        var earth = Sys.ActorOf(Props.Create(() => new Earth()).WithDispatcher(CallingThreadDispatcher.Id));
        Settle(earth);
        output.WriteLine($"seeds {start} to {start + (first is null ? Worlds : 1) - 1}");
        foreach (var seed in first is { } one ? [one] : Broke.Concat(Enumerable.Range(start, Worlds)))
        {
            try
            {
                using var world = new World(earth, Clock, seed);
                world.Run(Steps);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"world {seed}: {error.Message} (MAILROOM_SEED={seed} runs it alone)", error);
            }
        }
    }
}
