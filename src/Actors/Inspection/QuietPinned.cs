using Akka.Configuration;
using Akka.Dispatch;

namespace Mailroom.Inspection;

/// <summary>
/// A dispatcher that gives each actor a thread of its own, which sleeps while there is nothing to do. The thread of Akka's own pinned
/// dispatcher looks around first, each time.
/// </summary>
public sealed class QuietPinned(Config config, IDispatcherPrerequisites prerequisites)
    : MessageDispatcherConfigurator(config, prerequisites)
{
    private readonly QuietExecutor _executor = new(ConfigurationFactory.ParseString("threads = 1"), prerequisites);

    public override MessageDispatcher Dispatcher() =>
        new PinnedDispatcher(
            this,
            Config.GetString("id"),
            Config.GetInt("throughput"),
            Config.GetTimeSpan("throughput-deadline-time").Ticks,
            _executor,
            Config.GetTimeSpan("shutdown-timeout")
        );
}
