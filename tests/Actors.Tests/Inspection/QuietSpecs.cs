using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace Mailroom.Inspection;

/// <summary>The scheduler and the threads of every host and node, in an actor system as theirs is.</summary>
public sealed class QuietSpecs : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create(
        "quiet",
        ConfigurationFactory.ParseString(
            """
            akka.loggers = []
            akka.scheduler.implementation = "Mailroom.Inspection.QuietScheduler, Mailroom.Actors"
            akka.actor.pinned { type = "Mailroom.Inspection.QuietPinned, Mailroom.Actors" }
            akka.actor.default-dispatcher { executor = "Mailroom.Inspection.QuietExecutor, Mailroom.Actors", threads = 3 }
            """
        )
    );

    private readonly BlockingCollection<string> _told = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    private IScheduler Scheduler => _system.Scheduler;

    [Fact]
    public void Scheduler_should_be_the_quiet_one() => Assert.IsType<QuietScheduler>(Scheduler);

    [Fact]
    public void Scheduler_should_tell_once_and_again_and_again_what_is_due()
    {
        using var cancelable = new Cancelable(Scheduler.Advanced);
        Scheduler.Advanced.ScheduleRepeatedly(TimeSpan.Zero, TimeSpan.FromMilliseconds(1), () => _told.Add("again"), cancelable);
        Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(5), () => _told.Add("once"));
        var told = Enumerable.Range(0, 50).Select(_ => _told.Take()).ToList();
        Assert.Single(told, "once");
        cancelable.Cancel();
    }

    [Fact]
    public void Scheduler_should_not_tell_what_was_cancelled()
    {
        using var cancelable = new Cancelable(Scheduler.Advanced);
        Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(1), () => _told.Add("cancelled"), Cancelled(cancelable));
        Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(30), () => _told.Add("later"));
        Assert.Equal("later", _told.Take());
    }

    private static ICancelable Cancelled(ICancelable cancelable)
    {
        cancelable.Cancel();
        return cancelable;
    }

    [Fact]
    public void Scheduler_should_survive_what_throws()
    {
        Scheduler.Advanced.ScheduleOnce(TimeSpan.Zero, () => throw new InvalidOperationException("on purpose"));
        Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(20), () => _told.Add("later"));
        Assert.Equal("later", _told.Take());
    }

    [Fact]
    public void Threads_should_run_all_that_they_are_given_and_then_sleep()
    {
        var actors = Enumerable.Range(0, 20).Select(_ => _system.ActorOf(Props.Create(() => new Counting(_told)))).ToList();
        for (var message = 0; message < 1_000; message++)
            actors[message % actors.Count].Tell(message);
        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => _told.Take()).Count());
    }

    [Fact]
    public void Threads_should_end_with_their_system_and_take_no_more()
    {
        var config = ConfigurationFactory.ParseString("threads = 1");
        var threads = new QuietExecutor(
            config,
            new DefaultDispatcherPrerequisites(null, _system.Scheduler, _system.Settings, null)
        ).Produce("quiet");
        threads.Shutdown();
        Assert.Throws<RejectedExecutionException>(() => threads.Execute(null!));
    }

    [Fact]
    public async Task Pinned_actors_should_each_have_a_thread_of_its_own_that_stays_the_same()
    {
        var actors = Enumerable
            .Range(0, 3)
            .Select(_ => _system.ActorOf(Props.Create(() => new Thready()).WithDispatcher("akka.actor.pinned")))
            .ToList();
        var threads = new List<int>();
        for (var i = 0; i < 30; i++)
            threads.Add(await actors[i % 3].Ask<int>("which"));
        Assert.Equal(3, threads.Distinct().Count());
        Assert.Equal(threads.Take(3), threads.TakeLast(3));
    }

    private sealed class Thready : ReceiveActor
    {
        public Thready() => Receive<string>(_ => Sender.Tell(Environment.CurrentManagedThreadId));
    }

    private sealed class Counting : ReceiveActor
    {
        public Counting(BlockingCollection<string> told) => Receive<int>(message => told.Add($"{message}"));
    }
}
