using System.Collections.Immutable;
using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Jobs;

public class ChooserSpecs
{
    private static readonly ImmutableDictionary<Technique, JobDesk.PoolSeat> Seats = new Dictionary<Technique, JobDesk.PoolSeat>
    {
        [Technique.Threads] = new(ActorRefs.Nobody, 2),
        [Technique.Processes] = new(ActorRefs.Nobody, 2),
    }.ToImmutableDictionary();

    private static readonly Cost Waits = new(0.01, 0.0001, 0.01, 0);
    private static readonly Cost Computes = new(0.01, 0.01, 0.01, 0);

    private static Chooser Chooser(bool looks = true) =>
        new(TestKind.Work(null, "a"), Seats, isMeasured: false, workers: 2, mostWorkers: null, looks);

    private static void Measure(Chooser chooser, Cost cost, int count, int pieces = 900) =>
        chooser.Measure([.. Enumerable.Repeat(cost, count)], pieces);

    // On a busy machine one of two threads may have run all that was measured, and met nobody at the lock.
    [Fact]
    public void Pieces_that_wait_and_hold_their_thread_should_be_watched_for_locks_though_none_was_found_taken_yet()
    {
        var chooser = Chooser();
        Measure(chooser, Waits, 6);
        Assert.False(chooser.CanChoose);
        Measure(chooser, Waits, 2); // from here on it counts
        Measure(chooser, Waits, 501); // for five seconds, whatever the runtime tells of other threads here
        Assert.True(chooser.CanChoose);
        chooser.Stop();
    }

    // Another program may have had the core while the first ran.
    [Fact]
    public void Few_pieces_should_not_be_enough_unless_they_are_long()
    {
        var chooser = Chooser();
        Measure(chooser, Computes, 5); // the first of each thread is none of them
        Assert.False(chooser.CanChoose);
        chooser = Chooser();
        Measure(chooser, Computes with { Seconds = 0.2, Cpu = 0.2, Held = 0.2 }, 3);
        Assert.True(chooser.CanChoose);
    }

    [Fact]
    public void Pieces_that_compute_should_be_watched_for_nothing()
    {
        var chooser = Chooser();
        Measure(chooser, Computes, 6);
        Assert.True(chooser.CanChoose);
    }

    [Fact]
    public void Pieces_of_a_job_that_is_soon_over_should_be_watched_for_nothing()
    {
        var chooser = Chooser();
        Measure(chooser, Waits, 6, pieces: 100);
        Assert.True(chooser.CanChoose);
    }

    [Fact]
    public void Nobody_should_be_watched_where_it_is_not_wanted()
    {
        var chooser = Chooser(looks: false);
        Measure(chooser, Waits, 6);
        Assert.True(chooser.CanChoose);
    }
}
