using Akka.Actor;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Pools;

namespace Mailroom.Jobs;

/// <summary>The machine of a job by itself: what has happened in, what is to be done out.</summary>
public class JobMachineSpecs
{
    private static readonly RanBy By = new("host", "worker-1");
    private static readonly JobMachine.Rules Usual = new(
        3,
        3,
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(10),
        null,
        NeedsEveryPiece: false
    );

    private static Batch Pieces(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(index => new Piece(index, 1, 0, Payload.Of("piece", Codec<string>.Json)))];

    private static Ends Done(params int[] pieces) =>
        [.. pieces.Select(piece => Outcome.Done(new Piece(piece, 1, 0, Payload.None), Payload.Of("done", Codec<string>.Json), 1))];

    private static Outcome Not(How how, int piece, int attempt = 1, int crashes = 0, TimeSpan? after = null) =>
        Outcome.Not(how, new Piece(piece, attempt, crashes, Payload.None), "on purpose", null, 1) with
        {
            After = after,
        };

    /// <summary>A machine whose job has so many pieces, all of them offered, and that has nothing to say.</summary>
    private static JobMachine Running(JobMachine.Rules? rules = null, int pieces = 3, double jitter = 0.5)
    {
        var machine = new JobMachine(rules ?? Usual, () => jitter, resumes: false, isPaused: false);
        machine.Begin();
        machine.Ready(pieces);
        machine.Wanted(pieces + 1);
        machine.Look();
        machine.Made(Pieces(0, pieces), pieces, isAll: true);
        machine.Take();
        return machine;
    }

    private static IReadOnlyList<Effect> Settle(JobMachine machine, Ends ends, Pool.Receipt? receipt = null)
    {
        machine.Settled(ends, By, receipt ?? Pool.Receipt.None, DateTimeOffset.UnixEpoch);
        return machine.Take();
    }

    private static IReadOnlyList<Effect> Record(JobMachine machine, params Ends[] all)
    {
        foreach (var ends in all)
            machine.Recorded(Settle(machine, ends).OfType<Effect.Record>().Single().Number);
        return machine.Take();
    }

    private static Effect.End End(IEnumerable<Effect> effects) => effects.OfType<Effect.End>().Single();

    [Fact]
    public void Job_should_be_split_opened_offered_and_made_in_this_order()
    {
        var machine = new JobMachine(Usual, () => 0, resumes: false, isPaused: false);
        machine.Begin();
        Assert.Equal([new Effect.Split()], machine.Take());
        machine.Ready(5);
        Assert.Equal([new Effect.Open()], machine.Take());
        machine.Wanted(4);
        Assert.Equal([new Effect.LookSoon()], machine.Take());
        machine.Look();
        Assert.Equal([new Effect.Make(4)], machine.Take());
        machine.Look();
        Assert.Empty(machine.Take()); // it waits for those already
        machine.Made(Pieces(0, 4), 4, isAll: false);
        Assert.Equal([0, 1, 2, 3], Assert.IsType<Effect.Offer>(machine.Take()[0]).Pieces.Select(piece => piece.Index));
    }

    [Fact]
    public void Job_should_make_nothing_more_when_the_oldest_open_piece_is_too_far_behind()
    {
        var machine = new JobMachine(Usual, () => 0, resumes: false, isPaused: false);
        machine.Begin();
        machine.Ready(null);
        machine.Wanted(int.MaxValue);
        var made = 0;
        for (machine.Look(); machine.Take().OfType<Effect.Make>().SingleOrDefault() is { } make; machine.Look())
        {
            made += make.Most;
            machine.Made(Batch.Empty, make.Most, isAll: false); // all of them recorded, none folded
        }
        Assert.Equal(Supply.MaxAhead, made);
        machine.Entered(10);
        machine.Look();
        Assert.Equal(new Effect.Make(10), machine.Take().OfType<Effect.Make>().Single());
    }

    [Fact]
    public void Job_should_complete_when_its_last_piece_is_on_the_disk_and_not_before()
    {
        var machine = Running();
        var record = Settle(machine, Done(0, 1, 2)).OfType<Effect.Record>().Single();
        Assert.Equal(0, machine.Ledger.Done);
        machine.Recorded(record.Number);
        Assert.Contains(new Effect.Finish(), machine.Take());
        machine.Answered(new Answer("1", "1"));
        Assert.Equal((JobState.Completed, "1"), End(machine.Take()) is var end ? (end.State, end.Answer!.Text) : default);
        Assert.Equal(Stage.Ended, machine.Stage);
    }

    [Theory]
    [InlineData(1, 0.5, 0.5)] // half of a second
    [InlineData(2, 0.5, 1)]
    [InlineData(2, 0, 0)]
    public void Piece_that_failed_should_wait_a_share_of_a_bound_that_doubles(int attempt, double jitter, double seconds)
    {
        var retry = Settle(Running(jitter: jitter), [Not(How.Failed, 0, attempt)]).OfType<Effect.Retry>().Single();
        Assert.Equal((attempt + 1, TimeSpan.FromSeconds(seconds)), (retry.Piece.Attempt, retry.Wait));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(60, 10)] // no longer than the settings allow
    public void Piece_that_asks_for_time_should_get_it(int after, int seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            Settle(Running(), [Not(How.Failed, 0, after: TimeSpan.FromSeconds(after))]).OfType<Effect.Retry>().Single().Wait
        );

    [Fact]
    public void Piece_that_has_waited_should_be_offered_again_once()
    {
        var machine = Running();
        var retry = Settle(machine, [Not(How.Failed, 1)]).OfType<Effect.Retry>().Single();
        machine.Retry(retry.Piece);
        machine.Retry(retry.Piece);
        machine.Look();
        Assert.Equal(2, Assert.Single(machine.Take().OfType<Effect.Offer>().Single().Pieces).Attempt);
    }

    [Fact]
    public void Piece_whose_process_ended_should_go_in_front_at_once_and_be_buried_in_the_end()
    {
        var machine = Running();
        var again = Settle(machine, [Not(How.Crashed, 0, crashes: 1)]).OfType<Effect.Offer>().Single();
        Assert.Equal((true, 2), (again.Again, again.Pieces.Single().Crashes));
        Assert.Empty(Settle(machine, [Not(How.Crashed, 0, crashes: 2)]).OfType<Effect.Offer>());
    }

    [Theory]
    [InlineData(How.GaveUp, 1)]
    [InlineData(How.Failed, 3)]
    public void Piece_without_another_attempt_should_be_dead(How how, int attempt)
    {
        var machine = Running();
        Record(machine, [Not(how, 0, attempt)]);
        Assert.Equal((1, "on purpose"), (machine.Ledger.Dead, machine.Ledger.Failures.Single().Reason));
        var end = Record(machine, Done(1, 2));
        Assert.Contains(new Effect.Finish(), end); // of the others
        machine.Answered(new Answer("1", "1"));
        Assert.Equal((JobState.Failed, "1 of 3 pieces is dead"), End(machine.Take()) is var ended ? (ended.State, ended.Reason) : default);
    }

    [Fact]
    public void Job_that_needs_all_should_end_with_its_first_dead_piece()
    {
        var end = End(Record(Running(Usual with { NeedsEveryPiece = true }), [Not(How.GaveUp, 1)]));
        Assert.Equal((JobState.Failed, "piece 1: on purpose"), (end.State, end.Reason));
    }

    [Fact]
    public void Paused_job_should_offer_nothing_until_it_goes_on()
    {
        var machine = new JobMachine(Usual, () => 0, resumes: false, isPaused: true);
        machine.Begin();
        machine.Ready(3);
        machine.Wanted(3);
        machine.Take();
        machine.Look();
        Assert.Empty(machine.Take());
        machine.Pause(on: false);
        Assert.Contains(new Effect.Hold(false, 1), machine.Take());
        machine.Look();
        Assert.Equal([new Effect.Make(3)], machine.Take());
    }

    [Fact]
    public void Job_should_begin_nothing_new_while_the_disk_takes_nothing()
    {
        var machine = Running();
        var record = Settle(machine, Done(0)).OfType<Effect.Record>().Single();
        machine.Stall("full");
        machine.Stall("full");
        Assert.Equal([new Effect.Stalled("full")], machine.Take()); // said once
        machine.Released(Pieces(1, 1));
        machine.Look();
        Assert.Empty(machine.Take().OfType<Effect.Offer>());
        Assert.Equal("stalled", machine.Standing); // however often it is shown
        machine.Recorded(record.Number);
        Assert.Equal("1 of 3 settled", machine.Standing);
        machine.Look();
        Assert.Single(machine.Take().OfType<Effect.Offer>());
    }

    [Fact]
    public void Job_that_halts_soon_should_end_when_what_runs_has_ended()
    {
        var machine = Running(Usual with { Halt = HaltRule.Parse("soon,fail=1") });
        var effects = Settle(machine, [Not(How.GaveUp, 0)]);
        Assert.Equal(Stage.Halting, machine.Stage); // it is not recorded yet, and nothing new must begin meanwhile
        Assert.Contains(new Effect.Withdraw(), effects);
        machine.Recorded(effects.OfType<Effect.Record>().Single().Number);
        machine.Withdrawn(1);
        Assert.Empty(machine.Take().OfType<Effect.End>());
        Record(machine, Done(1));
        machine.Answered(new Answer("1", "1"));
        Assert.Equal("--halt soon,fail=1 ended it: 1 piece is dead, 1 done", End(machine.Take()).Reason);
    }

    [Fact]
    public void Job_that_halts_now_should_end_at_once()
    {
        var end = End(Record(Running(Usual with { Halt = HaltRule.Parse("now,fail=1") }), [Not(How.GaveUp, 0)]));
        Assert.Equal((JobState.Failed, "--halt now,fail=1 ended it: 1 piece is dead, 0 done"), (end.State, end.Reason));
    }

    [Fact]
    public void Cancelled_job_should_end_when_its_pool_is_quiet_and_all_is_recorded()
    {
        var machine = Running();
        machine.Cancel("by the user");
        Assert.Contains(new Effect.Cancel("by the user", 1), machine.Take());
        var record = Settle(machine, [.. Done(0), Outcome.Cancelled(new Piece(1, 1, 0, Payload.None), 1)]).OfType<Effect.Record>().Single();
        Assert.Equal([0], record.Ends.Select(outcome => outcome.Piece.Index)); // only what is done counts
        machine.Quiet(new Pool.Quiet(1), isLeft: false);
        Assert.Empty(machine.Take().OfType<Effect.End>());
        machine.Recorded(record.Number);
        Assert.Equal("by the user; 1 piece ended when told to", End(machine.Take()).Reason);
    }

    [Fact]
    public void Cancelled_job_should_not_wait_for_ever()
    {
        var machine = Running();
        machine.Cancel("by the user");
        machine.Take();
        machine.CancelOver();
        Assert.Equal(
            (JobState.Cancelled, "by the user; some have not answered"),
            End(machine.Take()) is var end ? (end.State, end.Reason) : default
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Job_should_be_cancelled_before_it_has_begun(bool resumes)
    {
        var machine = new JobMachine(Usual, () => 0, resumes, isPaused: false);
        machine.Begin();
        machine.Cancel("by the user");
        machine.Take();
        machine.Ready(3);
        Assert.Empty(machine.Take()); // it opens nothing any more
        machine.Quiet(new Pool.Quiet(1), isLeft: false);
        Assert.Equal(JobState.Cancelled, End(machine.Take()).State);
    }

    [Fact]
    public void Suspended_job_should_be_left_once_what_runs_is_recorded()
    {
        var machine = Running();
        machine.Suspend();
        Assert.Equal([new Effect.Hold(true, 1), new Effect.Show(), new Effect.LookSoon()], machine.Take());
        machine.Pause(on: false);
        Assert.Empty(machine.Take()); // the host stops all the same
        var record = Settle(machine, Done(0)).OfType<Effect.Record>().Single();
        machine.Quiet(new Pool.Quiet(1), isLeft: false);
        Assert.Empty(machine.Take());
        machine.Recorded(record.Number);
        Assert.Contains(new Effect.Suspend(), machine.Take());
    }

    [Fact]
    public void Quiet_of_an_earlier_wish_should_say_nothing_of_the_last()
    {
        var machine = Running();
        machine.Pause(on: true);
        machine.Cancel("by the user");
        machine.Take();
        machine.Quiet(new Pool.Quiet(1), isLeft: false);
        Assert.Empty(machine.Take());
    }

    [Fact]
    public void Job_that_has_moved_should_wait_for_both_pools()
    {
        var machine = Running();
        machine.Move();
        Assert.Equal([new Effect.Open()], machine.Take());
        machine.Cancel("by the user");
        machine.Quiet(new Pool.Quiet(1), isLeft: false);
        Assert.Empty(machine.Take().OfType<Effect.End>());
        machine.Quiet(new Pool.Quiet(0, IsReleased: true), isLeft: true);
        Assert.Contains(new Effect.CloseLeft(), machine.Take() is var effects ? effects : []);
        Assert.Equal("by the user", End(effects).Reason);
    }

    [Fact]
    public void Job_should_wish_for_nothing_in_the_pool_that_it_goes_to_before_that_asks()
    {
        var machine = Running();
        machine.Wanted(100);
        machine.Move();
        machine.Released(Pieces(1, 2));
        machine.Take();
        machine.Look();
        Assert.Empty(machine.Take());
        machine.Wanted(100);
        machine.Look();
        Assert.Equal(2, machine.Take().OfType<Effect.Offer>().Single().Pieces.Count);
    }

    [Fact]
    public void Job_of_an_earlier_host_should_go_on_behind_what_is_recorded()
    {
        var machine = new JobMachine(Usual, () => 0, resumes: true, isPaused: false);
        machine.Begin();
        Assert.Equal([new Effect.Replay(0)], machine.Take());
        Outcome Tried(int attempt, bool crashed) =>
            Outcome.Not(crashed ? How.Crashed : How.Failed, new Piece(2, attempt, 0, Payload.None), "thrown", null, 1);
        machine.Replayed(new JournalWriter.Replayed([Done(0, 1).Done], [], [Tried(1, false), Tried(2, true)], After: 7));
        Assert.Equal(new Effect.Replay(7), machine.Take()[^1]);
        // 1 for the second time.
        machine.Replayed(new JournalWriter.Replayed([Done(1, 3).Done], [Not(How.GaveUp, 4)], [], After: null));
        Assert.Equal(new Effect.Split(), machine.Take()[^1]);
        Assert.Equal((3, 1), (machine.Ledger.Done, machine.Ledger.Dead));
        Assert.Equal([true, true, false, true, true, false], Enumerable.Range(0, 6).Select(machine.IsRecorded));
        machine.Ready(6);
        machine.Wanted(9);
        machine.Look();
        machine.Take();
        machine.Made([.. Pieces(2, 1), .. Pieces(5, 1)], 6, isAll: true);
        Assert.Equal(
            ["2.2.1", "5.1.0"],
            machine.Take().OfType<Effect.Offer>().Single().Pieces.Select(piece => $"{piece.Index}.{piece.Attempt}.{piece.Crashes}")
        );
    }

    [Fact]
    public void Report_should_be_signed_for_when_it_is_recorded_or_came_too_late()
    {
        var machine = Running();
        var receipt = new Pool.ToAcknowledge(ActorRefs.Nobody, ActorRefs.Nobody, 7);
        var effects = Settle(machine, Done(0), receipt);
        Assert.DoesNotContain(new Effect.Sign(receipt), effects);
        Assert.Equal([receipt], machine.Unsigned);
        machine.Recorded(effects.OfType<Effect.Record>().Single().Number);
        Assert.Contains(new Effect.Sign(receipt), machine.Take());
        machine.Fail("it has no workers");
        machine.Take();
        Assert.Equal([new Effect.Sign(receipt)], Settle(machine, Done(1), receipt));
    }

    [Fact]
    public void Answer_in_the_making_should_be_disturbed_by_a_cancel_only()
    {
        var machine = Running();
        Record(machine, Done(0, 1, 2));
        machine.Pause(on: true);
        machine.Fail("it has no workers");
        Assert.Empty(machine.Take());
        machine.Cancel("by the user");
        Assert.Equal(JobState.Cancelled, End(machine.Take()).State);
    }

    [Fact]
    public void Only_the_first_failures_should_be_noted_so_that_they_do_not_fill_the_disk()
    {
        var machine = Running(pieces: 20_000);
        Outcome Failed(int piece) => Outcome.Not(How.Failed, new Piece(piece, 1, 0, Payload.None), "on purpose", "the stack", 1);
        var noted = Settle(machine, [.. Enumerable.Range(0, 20_000).Select(Failed)]).OfType<Effect.Record>().Single().Attempts;
        Assert.Equal((10_000, 100), (noted.Length, noted.Count(attempt => attempt.Detail is not null)));
    }
}
