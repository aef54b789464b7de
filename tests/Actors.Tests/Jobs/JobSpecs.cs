using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Journal;
using Mailroom.Kinds;
using Mailroom.Model;
using Mailroom.Nodes;
using Mailroom.Pools;

namespace Mailroom.Jobs;

public class JobSpecs : ActorSpec
{
    private readonly TestProbe _pool;
    private readonly TestProbe _journal;
    private readonly IActorRef _desk;

    public JobSpecs()
    {
        _pool = CreateTestProbe("pool");
        _journal = CreateTestProbe("journal");
        var pools = new Dictionary<Technique, JobDesk.PoolSeat> { [Technique.Threads] = new(_pool, 2) }.ToImmutableDictionary();
        var settings = new JobDesk.Settings(
            Attempts: 3,
            MaxCrashes: 3,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(5),
            Grace: TimeSpan.FromSeconds(1),
            Remembered: 3
        )
        {
            Code = new InlineCode(),
        };
        _journal.IgnoreMessages(message => message is JournalWriter.Record);
        _journal.SetAutoPilot(new Commits());
        _desk = Sys.ActorOf(JobDesk.Props(settings, pools, _journal, new Catalogue([new TestKind()]), [], [], TimeProvider.System), "jobs");
    }

    /// <summary>A journal whose disk is quick: what it is to record is recorded.</summary>
    private sealed class Commits : AutoPilot
    {
        public override AutoPilot Run(IActorRef sender, object message)
        {
            if (message is JournalWriter.Record record)
                sender.Tell(new JournalWriter.Recorded(record.Job, record.Number));
            return KeepRunning.Instance;
        }
    }

    private static JobRequest Request(HaltRule? halt = null) => new("test", [], "/", Technique.Threads, Halt: halt);

    private IActorRef Send(IWork work, int number = 1, HaltRule? halt = null)
    {
        _desk.Tell(new JobDesk.Send(Request(halt), work), TestActor);
        _journal.Reply(new JournalWriter.Accepted(_journal.ExpectMsg<JournalWriter.Accept>().Request, number));
        Assert.Equal(number, ExpectMsg<JobDesk.Accepted>().Job);
        _pool.ExpectMsg<Pool.Open>();
        return _pool.LastSender;
    }

    private Batch Offered(IActorRef job, int wanted)
    {
        job.Tell(new Pool.Wanted(wanted));
        return ((Pool.Offer)_pool.FishForMessage(message => message is Pool.Offer)).Pieces;
    }

    private static void Return(IActorRef job, params Outcome[] outcomes) =>
        job.Tell(new Pool.Settled([.. outcomes], new RanBy("host", "worker-1"), Pool.Receipt.None));

    private static void Return(IActorRef job, Outcome done, Cost cost)
    {
        Ends ends = [done with { Seconds = cost.Seconds }];
        job.Tell(
            new Pool.Settled(new Ends(ends.Done, ends.DoneSeconds, []) { Costs = [cost] }, new RanBy("host", "worker-1"), Pool.Receipt.None)
        );
    }

    private static Piece Recorded(int piece, int attempt, string result) => new(piece, attempt, 0, Payload.Of(result, Codec<string>.Json));

    private static Outcome Done(Piece piece, string result) => Outcome.Done(piece, Payload.Of(result, Codec<string>.Json), 0.001);

    private static Outcome Not(How how, Piece piece) => Outcome.Not(how, piece, "thrown on purpose", "the stack", 0.001);

    private JobDetail Ended() => _journal.ExpectMsg<JournalWriter.End>().Job;

    [Fact]
    public void Job_should_be_accepted_only_when_it_is_committed()
    {
        _desk.Tell(new JobDesk.Send(Request(), TestKind.Work(null, "a")), TestActor);
        _journal.ExpectMsg<JournalWriter.Accept>();
        Settle(_desk);
        ExpectNoMsg(TimeSpan.Zero);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Job_should_be_refused_when_it_can_not_be_committed()
    {
        _desk.Tell(new JobDesk.Send(Request(), TestKind.Work(null, "a")), TestActor);
        _journal.Reply(new JournalWriter.Refused(_journal.ExpectMsg<JournalWriter.Accept>().Request, "the disk is full"));
        Assert.Equal("the disk is full", ExpectMsg<JobDesk.Refused>().Reason);
    }

    [Fact]
    public void Job_should_combine_its_results_in_the_order_of_its_pieces()
    {
        var job = Send(TestKind.Work(null, "a", "b", "c"));
        var pieces = Offered(job, 10);
        Return(job, Done(pieces[2], "3"));
        Return(job, Done(pieces[0], "1"), Done(pieces[1], "2"));
        var ended = Ended();
        Assert.Equal((JobState.Completed, "1,2,3"), (ended.Summary.State, ended.Answer!.Text));
    }

    [Fact]
    public void Job_should_make_no_more_pieces_than_are_wanted()
    {
        var kind = new TestKind();
        var job = Send(kind.Bind(1_000_000, "a"));
        Assert.Equal(5, Offered(job, 5).Count);
        Settle(job);
        Assert.Equal(5, kind.Made);
    }

    [Fact]
    public void Job_should_not_run_far_ahead_of_a_piece_that_is_still_open()
    {
        var kind = new TestKind();
        var job = Send(kind.Bind(1_000_000, "a"));
        job.Tell(new Pool.Wanted(1_000_000));
        for (var made = 0; made < 65_536; )
            made += _pool.ExpectMsg<Pool.Offer>().Pieces.Count;
        Settle(job);
        _pool.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal(65_536, kind.Made);
    }

    [Fact]
    public void Job_should_try_a_failed_piece_again_after_a_wait()
    {
        var job = Send(TestKind.Work(null, "a"));
        var piece = Offered(job, 10)[0];
        Return(job, Not(How.Failed, piece));
        Settle(job);
        _pool.ExpectNoMsg(TimeSpan.Zero);
        Clock.Advance(TimeSpan.FromSeconds(1)); // the wait is random, but at most this
        var again = _pool.ExpectMsg<Pool.Offer>().Pieces.Single();
        Assert.Equal((0, 2), (again.Index, again.Attempt));
        Return(job, Done(again, "late"));
        var ended = Ended();
        Assert.Equal((JobState.Completed, 1), (ended.Summary.State, ended.Summary.Pieces.Retried));
    }

    [Fact]
    public void Job_should_bury_a_piece_after_its_last_attempt_and_keep_the_rest()
    {
        var job = Send(TestKind.Work(null, "a", "b"));
        var pieces = Offered(job, 10);
        Return(job, Done(pieces[1], "2"), Not(How.Failed, pieces[0] with { Attempt = 3 }));
        var ended = Ended();
        Assert.Equal((JobState.Failed, "2"), (ended.Summary.State, ended.Answer!.Text));
        var dead = ended.Failures.Single();
        Assert.Equal((0, 3, "thrown on purpose", "the stack"), (dead.Piece.Index, dead.Attempts, dead.Reason, dead.Detail));
        Assert.Equal(("host", null), (dead.By.Node, dead.Result)); // what it has to show stands in the answer
    }

    [Fact]
    public void Job_should_bury_at_once_what_gave_up()
    {
        var job = Send(TestKind.Work(null, "a"));
        Return(job, Not(How.GaveUp, Offered(job, 10)[0]));
        Assert.Equal(1, Ended().Failures.Single().Attempts);
    }

    [Fact]
    public void Job_should_end_at_the_first_dead_piece_when_its_kind_needs_all()
    {
        var job = Send(new TestKind { Whole = true }.Bind(100, "a"));
        Return(job, Not(How.GaveUp, Offered(job, 10)[3]));
        var ended = Ended();
        Assert.Equal((JobState.Failed, null), (ended.Summary.State, ended.Answer));
        Assert.Contains("piece 3", ended.Summary.Reason);
        _pool.ExpectMsg<Pool.Close>();
    }

    [Fact]
    public void Job_should_fail_with_the_reason_when_its_split_throws()
    {
        var job = Send(TestKind.Work(null, "a", "split"));
        job.Tell(new Pool.Wanted(10));
        Assert.Contains("piece 1 can't be made: no more pieces", Ended().Summary.Reason);
    }

    [Fact]
    public void Job_should_end_as_cancelled_when_the_user_says_so()
    {
        Offered(Send(TestKind.Work(null, "a", "b")), 1);
        _desk.Tell(new JobDesk.Cancel(1), TestActor);
        Assert.Equal(
            (JobState.Cancelled, "cancelled by the user"),
            (Ended() is var intended ? intended.Summary.State : default, intended.Summary.Reason)
        ); // at once
        _pool.Reply(new Pool.Quiet(_pool.ExpectMsg<Pool.Cancel>().Number));
        var ended = ExpectMsg<JobDetail>().Summary;
        Assert.Equal((JobState.Cancelled, "cancelled by the user"), (ended.State, ended.Reason));
        _pool.ExpectMsg<Pool.Close>();
    }

    [Fact]
    public void Job_should_say_which_rung_of_the_ladder_ended_its_pieces()
    {
        var job = Send(TestKind.Work(null, "a", "b", "c", "d"));
        var pieces = Offered(job, 4);
        _desk.Tell(new JobDesk.Cancel(1), TestActor);
        var number = _pool.ExpectMsg<Pool.Cancel>().Number;
        Return(job, Outcome.Cancelled(pieces[0], 0.5), Outcome.Cancelled(pieces[1]), Done(pieces[2], "c"));
        Return(job, Outcome.Not(How.Abandoned, pieces[3], "its process is ended", null, 5));
        job.Tell(new Pool.Quiet(number), _pool);
        Ended(); // the intent
        var ended = Ended().Summary;
        Assert.Equal(
            ("cancelled by the user; 1 piece ended when told to; 1 piece did not: its process is ended", 1),
            (ended.Reason, ended.Pieces.Done)
        );
    }

    [Fact]
    public void Job_should_not_wait_for_ever_to_hear_how_it_was_cancelled()
    {
        var job = Send(TestKind.Work(null, "a"));
        Offered(job, 1);
        _desk.Tell(new JobDesk.Cancel(1), TestActor);
        _pool.ExpectMsg<Pool.Cancel>();
        Ended(); // the intent
        Settle(job);
        Clock.Advance(TimeSpan.FromSeconds(2.5));
        Assert.Equal("cancelled by the user; some have not answered", Ended().Summary.Reason);
    }

    [Fact]
    public void Job_that_waits_for_a_host_that_knows_its_kind_should_be_cancelled_too()
    {
        var unknown = Unfinished(JobState.Running, 0, "a");
        var desk = DeskWith(unknown with { Summary = unknown.Summary with { Kind = "own" } });
        desk.Tell(new JobDesk.Cancel(7), TestActor);
        Assert.Equal((JobState.Cancelled, 7), (Ended() is var ended ? ended.Summary.State : default, ended.Summary.Job));
    }

    [Fact]
    public void Job_should_offer_a_piece_again_at_once_whose_process_ended_and_bury_it_after_three()
    {
        var job = Send(TestKind.Work(null, "a"));
        var piece = Offered(job, 1).Single();
        for (var crash = 1; crash < 3; crash++)
        {
            job.Tell(new Pool.Settled([Not(How.Crashed, piece)], new RanBy("node-1", "worker-1"), Pool.Receipt.None));
            var again = _pool.FishForMessage<Pool.Offer>(_ => true);
            piece = again.Pieces.Single();
            Assert.Equal((true, 1, crash), (again.Again, piece.Attempt, piece.Crashes));
        }
        job.Tell(new Pool.Settled([Not(How.Crashed, piece)], new RanBy("node-1", "worker-1"), Pool.Receipt.None));
        job.Tell(new Pool.Wanted(1));
        var ended = Ended();
        Assert.Equal(
            ("3 processes ended while they ran it, the last: thrown on purpose", 2),
            (ended.Failures.Single().Reason, ended.Summary.Pieces.Retried)
        );
    }

    [Fact]
    public void Job_should_sign_for_a_report_only_when_it_is_on_the_disk()
    {
        _journal.SetAutoPilot(NoAutoPilot.Instance);
        _journal.IgnoreNoMessages();
        var job = Send(TestKind.Work(null, "a", "b"));
        var piece = Offered(job, 2)[0];
        var (pool, worker) = (CreateTestProbe(), CreateTestProbe());
        job.Tell(new Pool.Settled([Done(piece, "a")], new RanBy("node-1", "worker-1"), new Pool.ToAcknowledge(pool, worker, 5)));
        var record = _journal.ExpectMsg<JournalWriter.Record>();
        Settle(job);
        pool.ExpectNoMsg(TimeSpan.Zero);
        job.Tell(new JournalWriter.Recorded(1, record.Number), _journal);
        Assert.Equal(new Pool.Committed(worker, 5), pool.ExpectMsg<Pool.Committed>());
    }

    [Fact]
    public void Job_should_note_each_attempt_that_failed_and_keep_count_of_them_after_a_restart()
    {
        _journal.IgnoreNoMessages();
        DeskWith(Unfinished(JobState.Running, 0, "a", "b"));
        _journal.ExpectMsg<JournalWriter.Replay>();
        Outcome Earlier(int attempt, bool crashed) =>
            Outcome.Not(crashed ? How.Crashed : How.Failed, new Piece(1, attempt, 0, Payload.None), "thrown", null, 1);
        _journal.Reply(new JournalWriter.Replayed([], [], [Earlier(1, false), Earlier(2, true), Earlier(2, false)], After: null));
        _pool.ExpectMsg<Pool.Open>();
        var job = _pool.LastSender;
        var pieces = Offered(job, 10);
        Assert.Equal((1, 3, 1), (pieces[1].Index, pieces[1].Attempt, pieces[1].Crashes));
        Return(job, Not(How.Failed, pieces[1]), Done(pieces[0], "a"));
        var noted = _journal.ExpectMsg<JournalWriter.Record>().Attempts.Single();
        Assert.Equal(
            (1, 3, "thrown on purpose", "the stack", "host"),
            (noted.Piece.Index, noted.Piece.Attempt, noted.Reason, noted.Detail, noted.By.Node)
        );
        Assert.Equal(4, Ended().Attempts.Length);
    }

    [Fact]
    public void Job_should_tell_how_many_outcomes_were_stale()
    {
        var job = Send(TestKind.Work(null, "a"));
        job.Tell(new Pool.Stale(3));
        Return(job, Done(Offered(job, 1)[0], "a"));
        job.Tell(new Pool.Wanted(1));
        Assert.Equal(3, Ended().Summary.Pieces.Stale);
    }

    [Fact]
    public void Job_over_which_three_hosts_died_should_wait_for_the_user()
    {
        var desk = DeskWith(Unfinished(JobState.Running, 0, "a") with { Deaths = 3 });
        var change = _journal.ExpectMsg<JournalWriter.Change>();
        Assert.Equal(JobState.Paused, change.State);
        Assert.StartsWith("3 hosts ended while they ran it", change.Reason);
        desk.Tell(new JobDesk.List(), TestActor);
        Assert.Equal(
            (JobState.Paused, change.Reason),
            (ExpectMsg<JobDesk.Listed>().Jobs.Single() is var job ? job.State : default, job.Reason)
        );
    }

    [Fact]
    public void Job_should_say_what_it_waits_for_as_long_as_it_does()
    {
        var job = Send(TestKind.Work(null, "a"));
        foreach (var reason in new[] { "no node is left", null })
        {
            job.Tell(new Pool.Waiting(reason), _pool);
            Settle(job);
            Clock.Advance(TimeSpan.FromMilliseconds(100)); // it tells the desk
            Settle(job, _desk);
            _desk.Tell(new JobDesk.Show(1), TestActor);
            Assert.Equal((JobState.Running, reason), (ExpectMsg<JobDetail>().Summary is var shown ? shown.State : default, shown.Reason));
        }
    }

    [Fact]
    public void Job_should_fail_when_no_worker_will_ever_come()
    {
        Send(TestKind.Work(null, "a")).Tell(new Pool.Stranded("all nodes are given up"));
        Assert.Equal("it has no workers: all nodes are given up", Ended().Summary.Reason);
    }

    [Fact]
    public void Desk_should_answer_a_waiter_when_the_job_ends()
    {
        var job = Send(TestKind.Work(null, "a"));
        _desk.Tell(new JobDesk.Wait(1), TestActor);
        Return(job, Done(Offered(job, 1)[0], "1"));
        job.Tell(new Pool.Wanted(1));
        Assert.Equal("1", ExpectMsg<JobDetail>().Answer!.Text);
    }

    [Fact]
    public void Desk_should_take_no_new_jobs_while_it_drains_and_tell_when_the_last_has_ended()
    {
        var job = Send(TestKind.Work(null, "a"));
        _desk.Tell(new JobDesk.Drain(Suspend: false), TestActor);
        _desk.Tell(new JobDesk.Send(Request(), TestKind.Work(null, "b")), TestActor);
        ExpectMsg<JobDesk.Refused>();
        Return(job, Done(Offered(job, 1)[0], "1"));
        job.Tell(new Pool.Wanted(1));
        ExpectMsg<JobDesk.Drained>();
    }

    [Fact]
    public void Desk_should_end_a_job_whose_own_actor_broke()
    {
        var job = Send(TestKind.Work(null, "a"));
        Sys.Stop(job);
        Assert.Contains("this is a bug", Ended().Summary.Reason);
    }

    [Fact]
    public void Desk_should_ask_the_journal_for_jobs_that_are_not_running()
    {
        _desk.Tell(new JobDesk.Show(99), TestActor);
        _journal.ExpectMsg<JournalWriter.Read>();
        _journal.Reply(new JournalWriter.NoSuchJob(99));
        ExpectMsg<JournalWriter.NoSuchJob>();
    }

    [Fact]
    public void Job_should_keep_what_a_dead_piece_had_to_show()
    {
        var job = Send(TestKind.Work(null, "a", "b"));
        var pieces = Offered(job, 10);
        Return(job, Not(How.GaveUp, pieces[0]) with { Result = Payload.Of("shown", Codec<string>.Json) }, Done(pieces[1], "b"));
        Assert.Equal((JobState.Failed, "shown,b"), (Ended() is var ended ? ended.Summary.State : default, ended.Answer!.Text));
    }

    [Fact]
    public void Job_should_not_try_a_piece_again_before_it_asked_for_that()
    {
        var job = Send(TestKind.Work(null, "a"));
        var piece = Offered(job, 2).Single();
        job.Tell(new Pool.Wanted(2));
        Return(job, Not(How.Failed, piece) with { After = TimeSpan.FromSeconds(60) });
        Settle(job);
        Clock.Advance(TimeSpan.FromSeconds(59));
        Settle(job, _pool);
        _pool.ExpectNoMsg(TimeSpan.Zero);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _pool.ExpectMsg<Pool.Offer>().Pieces.Single().Attempt);
    }

    [Fact]
    public void Job_should_halt_now_when_its_rule_says_so()
    {
        var job = Send(TestKind.Work(null, "a", "b", "c"), halt: HaltRule.Parse("now,fail=1"));
        Return(job, Not(How.GaveUp, Offered(job, 3)[0]));
        Assert.Equal("--halt now,fail=1 ended it: 1 piece is dead, 0 done", Ended().Summary.Reason);
    }

    [Fact]
    public void Job_should_halt_soon_by_letting_run_what_runs_and_beginning_nothing_new()
    {
        var job = Send(TestKind.Work(null, "a", "b", "c", "d"), halt: HaltRule.Parse("soon,fail=1"));
        var pieces = Offered(job, 3);
        Return(job, Not(How.Failed, pieces[0]), Not(How.GaveUp, pieces[1]));
        _pool.ExpectMsg<Pool.Withdraw>();
        job.Tell(new Pool.Withdrawn(0));
        Settle(job);
        _journal.ExpectNoMsg(TimeSpan.Zero);
        Return(job, Done(pieces[2], "c"));
        var ended = Ended();
        Assert.Equal(("--halt soon,fail=1 ended it: 1 piece is dead, 1 done", "c"), (ended.Summary.Reason, ended.Answer!.Text));
    }

    [Fact]
    public void Job_should_fail_with_the_reason_when_its_results_can_not_be_combined()
    {
        var job = Send(new TestKind { Results = new Codec<string>() }.Bind(1, "a"));
        Offered(job, 1);
        Return(job, Outcome.Done(new Piece(0, 1, 0, Payload.None), Payload.Of("broken"u8.ToArray()), 0));
        Assert.StartsWith("its results can't be combined: ", Ended().Summary.Reason);
    }

    [Fact]
    public void Job_should_count_nothing_before_it_is_on_the_disk()
    {
        _journal.SetAutoPilot(NoAutoPilot.Instance);
        _journal.IgnoreNoMessages();
        var job = Send(TestKind.Work(null, "a"));
        Return(job, Done(Offered(job, 10).Single(), "a"));
        var record = _journal.ExpectMsg<JournalWriter.Record>();
        Assert.Equal("\"a\"", System.Text.Encoding.UTF8.GetString(record.Ends.Single().Result!.Bytes.Span));
        Settle(job, _desk);
        _journal.ExpectNoMsg(TimeSpan.Zero);
        job.Tell(new JournalWriter.Recorded(1, record.Number), _journal);
        Assert.Equal(JobState.Completed, Ended().Summary.State);
    }

    [Fact]
    public void Job_should_begin_nothing_new_while_the_disk_takes_nothing()
    {
        var job = Send(new TestKind().Bind(100, "a"));
        job.Tell(new JournalWriter.Stalled("the disk is full"), _journal);
        job.Tell(new Pool.Wanted(10));
        Settle(job, _pool);
        _pool.ExpectNoMsg(TimeSpan.Zero);
        job.Tell(new Pool.Settled([], new RanBy("host", "worker-1"), Pool.Receipt.None));
        _journal.SetAutoPilot(NoAutoPilot.Instance);
    }

    [Fact]
    public void Job_should_begin_nothing_new_while_it_is_paused()
    {
        var job = Send(new TestKind().Bind(100, "a"));
        _desk.Tell(new JobDesk.Pause(1), TestActor);
        Assert.Equal(JobState.Paused, ExpectMsg<JobDetail>().Summary.State);
        Assert.Equal(JobState.Paused, _journal.ExpectMsg<JournalWriter.Change>().State);
        Assert.True(_pool.ExpectMsg<Pool.Hold>().On);
        job.Tell(new Pool.Wanted(10));
        Settle(job, _pool);
        _pool.ExpectNoMsg(TimeSpan.Zero);
        _desk.Tell(new JobDesk.Resume(1), TestActor);
        Assert.False(_pool.ExpectMsg<Pool.Hold>().On);
        Assert.Equal(10, _pool.ExpectMsg<Pool.Offer>().Pieces.Count);
    }

    [Fact]
    public void Job_should_be_left_to_the_next_host_once_what_runs_is_recorded()
    {
        var job = Send(new TestKind().Bind(100, "a"));
        var piece = Offered(job, 1).Single();
        _desk.Tell(new JobDesk.Drain(Suspend: true), TestActor);
        var hold = _pool.FishForMessage<Pool.Hold>(_ => true);
        Assert.True(hold.On);
        Return(job, Done(piece, "a"));
        ExpectNoMsg(TimeSpan.Zero);
        job.Tell(new Pool.Quiet(hold.Number));
        ExpectMsg<JobDesk.Drained>();
        Settle(_journal);
        _journal.ExpectNoMsg(TimeSpan.Zero);
    }

    private static AcceptedJob Unfinished(JobState state, int dead, params string[] words) =>
        new(
            new JobSummary(
                7,
                "test",
                Technique.Threads,
                state,
                null,
                Priority.Normal,
                DateTimeOffset.UnixEpoch,
                new PieceCounts(null, 0, dead, 0),
                0,
                0,
                null
            ),
            new JobOrder("""{"kind":"test","arguments":{},"directory":"/"}""", TestKind.Work(null, words).ArgumentsJson, "", 2),
            DateTimeOffset.UtcNow
        );

    private IActorRef DeskWith(params AcceptedJob[] unfinished)
    {
        var pools = new Dictionary<Technique, JobDesk.PoolSeat> { [Technique.Threads] = new(_pool, 2) }.ToImmutableDictionary();
        var settings = new JobDesk.Settings(
            Attempts: 3,
            MaxCrashes: 3,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(5),
            Grace: TimeSpan.FromSeconds(1),
            Remembered: 3
        )
        {
            Code = new InlineCode(),
        };
        return Sys.ActorOf(
            JobDesk.Props(
                settings,
                pools,
                _journal,
                new Catalogue([new TestKind()]),
                [.. unfinished.Select(job => job.Summary)],
                [.. unfinished],
                TimeProvider.System
            ),
            "jobs-again"
        );
    }

    [Fact]
    public void Job_of_an_earlier_host_should_go_on_with_the_pieces_that_are_not_recorded()
    {
        DeskWith(Unfinished(JobState.Running, 0, "a", "b", "c", "d"));
        Assert.Equal((7, 0L), (_journal.ExpectMsg<JournalWriter.Replay>() is var first ? first.Job : 0, first.After));
        _journal.Reply(
            new JournalWriter.Replayed(
                [
                    [Recorded(2, 1, "C")],
                ],
                [],
                [],
                After: 9
            )
        );
        Assert.Equal(9, _journal.ExpectMsg<JournalWriter.Replay>().After);
        _journal.Reply(
            new JournalWriter.Replayed(
                [
                    [Recorded(0, 1, "A")],
                    [Recorded(0, 2, "twice")],
                ],
                [],
                [],
                After: null
            )
        );
        _pool.ExpectMsg<Pool.Open>();
        var job = _pool.LastSender;
        var pieces = Offered(job, 10);
        Assert.Equal([1, 3], pieces.Select(piece => piece.Index));
        Return(job, Done(pieces[1], "d"), Done(pieces[0], "b"));
        var ended = Ended();
        Assert.Equal((JobState.Completed, "A,b,C,d", 4), (ended.Summary.State, ended.Answer!.Text, ended.Summary.Pieces.Done));
    }

    [Fact]
    public void Job_of_a_kind_that_the_host_does_not_know_should_wait_for_one_that_does()
    {
        var unknown = Unfinished(JobState.Running, 0, "a");
        var desk = DeskWith(
            unknown with
            {
                Summary = unknown.Summary with { Kind = "own" },
                Order = unknown.Order with { KindVersion = "My 1.0 (sha256 abc)" },
            }
        );
        desk.Tell(new JobDesk.List(), TestActor);
        Assert.Equal(
            "this host doesn't know its kind; start it with --kinds and the assembly My 1.0 (sha256 abc)",
            ExpectMsg<JobDesk.Listed>().Jobs.Single().Reason
        );
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Job_should_be_removed_when_it_has_ended_and_no_sooner()
    {
        var desk = DeskWith();
        desk.Tell(new JobDesk.Remove(9, DateTimeOffset.MaxValue), TestActor);
        var remove = _journal.ExpectMsg<JournalWriter.Remove>();
        _journal.Reply(new JournalWriter.Removed(remove.Job, [9], remove.For));
        Assert.Equal(9, Assert.Single(ExpectMsg<JobDesk.Removed>().Jobs));
        desk.Tell(new JobDesk.Remove(10, DateTimeOffset.MaxValue), TestActor);
        remove = _journal.ExpectMsg<JournalWriter.Remove>();
        _journal.Reply(new JournalWriter.Removed(remove.Job, [], remove.For));
        Assert.Equal(10, ExpectMsg<JobDesk.NotFound>().Job);
        // One that is about to run again, and one that runs.
        desk.Tell(new JobDesk.Retry(7), TestActor);
        _journal.ExpectMsg<JournalWriter.Order>();
        desk.Tell(new JobDesk.Remove(null, DateTimeOffset.MaxValue), TestActor);
        Assert.Equal("job 7 is being retried; try again", ExpectMsg<JobDesk.Refused>().Reason);
        desk.Tell(Unfinished(JobState.Failed, 1, "a", "b"), _journal.Ref);
        ExpectMsg<JobDetail>();
        desk.Tell(new JobDesk.Remove(7, DateTimeOffset.MaxValue), TestActor);
        Assert.Equal("job 7 has not ended; 'mailroom jobs cancel 7' ends it", ExpectMsg<JobDesk.Refused>().Reason);
    }

    [Fact]
    public void Job_should_run_its_dead_pieces_again_when_the_user_says_so()
    {
        var desk = DeskWith();
        desk.Tell(new JobDesk.Retry(7), TestActor);
        _journal.ExpectMsg<JournalWriter.Order>();
        _journal.Reply(Unfinished(JobState.Failed, 1, "a", "b"));
        Assert.NotNull(_journal.ExpectMsg<JournalWriter.Change>().Again);
        Assert.Equal(JobState.Running, ExpectMsg<JobDetail>().Summary.State);
        _journal.ExpectMsg<JournalWriter.Replay>();
        _journal.Reply(
            new JournalWriter.Replayed(
                [
                    [Recorded(0, 1, "a")],
                ],
                [],
                [],
                After: null
            )
        );
        _pool.ExpectMsg<Pool.Open>();
        Assert.Equal([1], Offered(_pool.LastSender, 10).Select(piece => piece.Index));
    }

    [Fact]
    public void Job_should_be_sent_to_run_again_by_one_at_a_time()
    {
        var desk = DeskWith();
        desk.Tell(new JobDesk.Retry(7), TestActor);
        _journal.ExpectMsg<JournalWriter.Order>();
        desk.Tell(new JobDesk.Retry(7), TestActor);
        Assert.Equal("job 7 is being retried already", ExpectMsg<JobDesk.Refused>().Reason);
    }

    [Fact]
    public void Job_should_keep_its_dead_pieces_when_this_host_can_not_run_them_again()
    {
        var desk = DeskWith();
        desk.Tell(new JobDesk.Retry(7), TestActor);
        _journal.ExpectMsg<JournalWriter.Order>();
        var failed = Unfinished(JobState.Failed, 1, "a");
        _journal.Reply(
            failed with
            {
                Summary = failed.Summary with { Kind = "own" },
                Order = failed.Order with { KindVersion = "My 1.0" },
            }
        );
        Assert.StartsWith("job 7 can't be run again: this host doesn't know its kind", ExpectMsg<JobDesk.Refused>().Reason);
        Settle(desk);
        _journal.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Job_that_is_accepted_while_the_host_stops_should_be_left_to_the_next_one()
    {
        _desk.Tell(new JobDesk.Send(Request(), TestKind.Work(null, "a")), TestActor);
        var accept = _journal.ExpectMsg<JournalWriter.Accept>();
        _desk.Tell(new JobDesk.Drain(Suspend: true), TestActor);
        _desk.Tell(new JournalWriter.Accepted(accept.Request, 1), _journal);
        ExpectMsg<JobDesk.Accepted>();
        var hold = _pool.FishForMessage<Pool.Hold>(_ => true);
        Assert.True(hold.On);
        _pool.LastSender.Tell(new Pool.Quiet(hold.Number), _pool);
        ExpectMsg<JobDesk.Drained>();
    }

    [Fact]
    public void Job_that_is_being_cancelled_should_be_neither_paused_nor_resumed()
    {
        Offered(Send(TestKind.Work(null, "a", "b")), 1);
        _desk.Tell(new JobDesk.Cancel(1), CreateTestProbe());
        _pool.ExpectMsg<Pool.Cancel>();
        Ended(); // the intent
        _desk.Tell(new JobDesk.Resume(1), TestActor);
        Assert.Equal("job 1 is being cancelled", ExpectMsg<JobDesk.Refused>().Reason);
        _desk.Tell(new JobDesk.Pause(1), TestActor);
        Assert.Equal("job 1 is being cancelled", ExpectMsg<JobDesk.Refused>().Reason);
        Settle(_desk);
        _journal.ExpectNoMsg(TimeSpan.Zero);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Job_that_fails_while_it_is_being_cancelled_should_be_cancelled_because_its_records_are_gone()
    {
        var job = Send(TestKind.Work(null, "a", "b"));
        Offered(job, 1);
        _desk.Tell(new JobDesk.Cancel(1), CreateTestProbe());
        Ended(); // the intent
        job.Tell(new Pool.Stranded("all nodes are given up"), _pool);
        Assert.Equal(
            (JobState.Cancelled, "it has no workers: all nodes are given up"),
            (Ended() is var ended ? ended.Summary.State : default, ended.Summary.Reason)
        );
    }

    [Fact]
    public void Job_whose_deadline_is_over_should_be_committed_as_cancelled_at_once_and_not_be_resumed()
    {
        _desk.Tell(new JobDesk.Send(Request() with { Deadline = TimeSpan.FromMinutes(5) }, TestKind.Work(null, "a")), TestActor);
        _journal.Reply(new JournalWriter.Accepted(_journal.ExpectMsg<JournalWriter.Accept>().Request, 1));
        ExpectMsg<JobDesk.Accepted>();
        _pool.ExpectMsg<Pool.Open>();
        Settle(_pool.LastSender);
        Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(
            (JobState.Cancelled, "its deadline of 5m 0s is over"),
            (Ended() is var intended ? intended.Summary.State : default, intended.Summary.Reason)
        );
        _desk.Tell(new JobDesk.Resume(1), TestActor);
        Assert.Equal("job 1 is being cancelled", ExpectMsg<JobDesk.Refused>().Reason);
        _pool.ExpectMsg<Pool.Cancel>();
        Settle(_desk);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Job_that_waits_for_the_user_should_say_why_after_another_restart_too()
    {
        var held = Unfinished(JobState.Paused, 0, "a");
        var desk = DeskWith(held with { Summary = held.Summary with { Reason = "3 hosts ended while they ran it" } });
        desk.Tell(new JobDesk.List(), TestActor);
        Assert.Equal("3 hosts ended while they ran it", ExpectMsg<JobDesk.Listed>().Jobs.Single().Reason);
        _journal.ExpectMsg<JournalWriter.Replay>();
        var job = _journal.LastSender;
        job.Tell(new JobRun.Pause(false)); // the user tries again, and later pauses it
        job.Tell(new JobRun.Pause(true));
        Settle(job, desk);
        desk.Tell(new JobDesk.Show(7), TestActor);
        Assert.Equal((JobState.Paused, null), (ExpectMsg<JobDetail>().Summary is var shown ? shown.State : default, shown.Reason));
    }

    [Fact]
    public void Job_should_not_be_resumed_while_its_host_stops()
    {
        Offered(Send(TestKind.Work(null, "a", "b")), 1);
        _desk.Tell(new JobDesk.Drain(Suspend: true), CreateTestProbe());
        _desk.Tell(new JobDesk.Resume(1), TestActor);
        Assert.True(ExpectMsg<JobDesk.Refused>().IsStopping);
        Settle(_desk);
        _journal.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Job_should_not_take_the_quiet_of_an_earlier_pause_for_that_of_the_last()
    {
        var job = Send(new TestKind().Bind(100, "a"));
        job.Tell(new JobRun.Pause(true));
        var first = _pool.ExpectMsg<Pool.Hold>().Number;
        job.Tell(new JobRun.Pause(false));
        _desk.Tell(new JobDesk.Drain(Suspend: true), TestActor);
        job.Tell(new Pool.Quiet(first), _pool);
        Settle(job, _desk);
        ExpectNoMsg(TimeSpan.Zero);
        _pool.ExpectMsg<Pool.Hold>();
        job.Tell(new Pool.Quiet(_pool.ExpectMsg<Pool.Hold>().Number), _pool);
        ExpectMsg<JobDesk.Drained>();
    }

    [Fact]
    public void Job_should_fail_alone_when_a_result_of_it_can_not_be_recorded()
    {
        var job = Send(TestKind.Work(null, "a"));
        job.Tell(new JournalWriter.Unrecordable(1, 1, "string or blob too big"), _journal);
        Assert.Equal(
            (JobState.Failed, "a result of it can't be recorded: string or blob too big"),
            (Ended() is var ended ? ended.Summary.State : default, ended.Summary.Reason)
        );
    }

    [Fact]
    public void Deadline_of_a_job_that_was_sent_to_run_again_should_count_from_then_on()
    {
        var accepted = Unfinished(JobState.Running, 0, "a");
        DeskWith(
            accepted with
            {
                Summary = accepted.Summary with { AcceptedAt = DateTimeOffset.UtcNow - TimeSpan.FromDays(1) },
                Order = accepted.Order with { RequestJson = """{"kind":"test","arguments":{},"directory":"/","deadline":"00:05:00"}""" },
            }
        );
        _journal.ExpectMsg<JournalWriter.Replay>();
        _journal.Reply(new JournalWriter.Replayed([], [], [], After: null));
        _pool.ExpectMsg<Pool.Open>();
        var job = _pool.LastSender;
        Settle(job);
        Clock.Advance(TimeSpan.FromMinutes(1));
        Settle(job);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Desk_should_forget_the_oldest_job_that_has_ended_though_an_older_one_waits()
    {
        var waits = Unfinished(JobState.Running, 0, "a");
        var desk = DeskWith(waits with { Summary = waits.Summary with { Job = 1, Kind = "own" } });
        for (var number = 2; number <= 5; number++)
        {
            desk.Tell(new JobDesk.Send(Request(), new TestKind { FoldFails = true }.Bind(1, "a")), TestActor);
            _journal.Reply(
                new JournalWriter.Accepted(
                    ((JournalWriter.Accept)_journal.FishForMessage(message => message is JournalWriter.Accept)).Request,
                    number
                )
            );
            ExpectMsg<JobDesk.Accepted>();
            Ended();
        }
        desk.Tell(new JobDesk.List(), TestActor);
        Assert.Equal([5, 4, 1], ExpectMsg<JobDesk.Listed>().Jobs.Select(job => job.Job));
    }

    [Fact]
    public void Job_that_did_not_fail_should_not_be_run_again()
    {
        var desk = DeskWith();
        desk.Tell(new JobDesk.Retry(7), TestActor);
        _journal.ExpectMsg<JournalWriter.Order>();
        _journal.Reply(Unfinished(JobState.Completed, 0, "a"));
        Assert.Equal("job 7 has nothing to be run again, it is completed", ExpectMsg<JobDesk.Refused>().Reason);
    }

    [Fact]
    public void Job_should_be_cancelled_when_its_deadline_is_over()
    {
        _desk.Tell(new JobDesk.Send(Request() with { Deadline = TimeSpan.FromMinutes(5) }, TestKind.Work(null, "a")), TestActor);
        _journal.Reply(new JournalWriter.Accepted(_journal.ExpectMsg<JournalWriter.Accept>().Request, 1));
        _pool.ExpectMsg<Pool.Open>();
        Settle(_pool.LastSender);
        Clock.Advance(TimeSpan.FromMinutes(5));
        _pool.Reply(new Pool.Quiet(_pool.ExpectMsg<Pool.Cancel>().Number));
        Assert.Equal(
            (JobState.Cancelled, "its deadline of 5m 0s is over"),
            (Ended() is var ended ? ended.Summary.State : default, ended.Summary.Reason)
        );
    }

    [Fact]
    public void Job_should_fail_with_the_reason_when_its_answer_can_not_be_begun()
    {
        _desk.Tell(new JobDesk.Send(Request(), new TestKind { FoldFails = true }.Bind(1, "a")), TestActor);
        _journal.Reply(new JournalWriter.Accepted(_journal.ExpectMsg<JournalWriter.Accept>().Request, 1));
        Assert.Equal("its answer can't be begun: no fold on purpose", Ended().Summary.Reason);
    }

    [Fact]
    public void Job_should_judge_its_halt_rule_by_all_of_a_batch()
    {
        var job = Send(TestKind.Work(null, "a", "b", "c"), halt: HaltRule.Parse("now,fail=1"));
        var pieces = Offered(job, 3);
        Return(job, Not(How.GaveUp, pieces[0]), Done(pieces[1], "b"), Done(pieces[2], "c"));
        var ended = Ended();
        Assert.Equal(("--halt now,fail=1 ended it: 1 piece is dead, 2 done", "b,c"), (ended.Summary.Reason, ended.Answer!.Text));
    }

    /// <summary>A desk whose job may be run by threads or async, without a word of how.</summary>
    private (IActorRef Job, TestProbe Async) SendAuto(int pieces)
    {
        var other = CreateTestProbe("async");
        var pools = new Dictionary<Technique, JobDesk.PoolSeat>
        {
            [Technique.Threads] = new(_pool, 2),
            [Technique.Async] = new(other, 1, 256),
        }.ToImmutableDictionary();
        var settings = new JobDesk.Settings(
            Attempts: 3,
            MaxCrashes: 3,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(5),
            TimeSpan.FromSeconds(1),
            Remembered: 3
        );
        var desk = Sys.ActorOf(JobDesk.Props(settings, pools, _journal, new Catalogue([new TestKind()]), [], [], new TestTime(Clock)));
        desk.Tell(new JobDesk.Send(Request() with { By = null }, new TestKind().Bind(pieces, "a")), TestActor);
        var accept = _journal.ExpectMsg<JournalWriter.Accept>();
        Assert.Equal([Technique.Threads, Technique.Async], accept.Choosable.AsEnumerable());
        _journal.Reply(new JournalWriter.Accepted(accept.Request, 1));
        Assert.True(_pool.ExpectMsg<Pool.Open>().Spec.IsMeasured);
        return (_pool.LastSender, other);
    }

    [Fact]
    public void Desk_should_tell_the_world_how_a_job_stands_until_it_has_ended()
    {
        var world = CreateTestProbe();
        Sys.EventStream.Subscribe(world.Ref, typeof(JobDesk.Changed));
        var job = Send(TestKind.Work(null, "a"));
        Return(job, Done(Offered(job, 10)[0], "a"));
        Ended();
        world.FishForMessage<JobDesk.Changed>(changed => changed.Job.State == JobState.Running);
        var ended = world.FishForMessage<JobDesk.Changed>(changed => changed.Job.HasEnded).Job;
        Assert.Equal((1, JobState.Completed, 1), (ended.Job, ended.State, ended.Pieces.Done));
    }

    [Fact]
    public void Job_that_waits_should_go_on_async_with_what_its_first_pieces_gave()
    {
        var (job, other) = SendAuto(1000);
        var pieces = Offered(job, 4);
        Return(job, Done(pieces[0], "first"), new Cost(0.6, 1e-4, 1e-4, 0));
        _pool.FishForMessage<Pool.Release>(_ => true);
        var choice = _journal.ExpectMsg<JournalWriter.Learn>().Choice;
        Assert.Equal(Technique.Async, choice.By);
        Assert.StartsWith("pieces wait 100 % of their time without holding a thread", choice.Because);
        Assert.False(other.ExpectMsg<Pool.Open>().Spec.IsMeasured);
        job.Tell(new Pool.Released([pieces[2], pieces[3]]), _pool);
        job.Tell(new Pool.Wanted(5), other);
        Assert.Equal([2, 3], other.ExpectMsg<Pool.Offer>().Pieces.Select(piece => piece.Index));
        Assert.Equal([4, 5, 6], other.ExpectMsg<Pool.Offer>().Pieces.Select(piece => piece.Index));
        Return(job, Done(pieces[1], "second")); // it was leased, and ends where it was
        job.Tell(new Pool.Wanted(5), _pool); // told before it was left
        job.Tell(new Pool.Quiet(0, IsReleased: true), _pool);
        _pool.FishForMessage<Pool.Close>(_ => true);
        Settle(job);
        other.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Job_whose_pieces_change_should_be_measured_again_and_move_where_it_had_better_be()
    {
        var (job, other) = SendAuto(1000);
        var pieces = Offered(job, 4);
        Return(job, Done(pieces[0], "first"), new Cost(0.6, 1e-4, 1e-4, 0));
        Assert.True(other.ExpectMsg<Pool.Open>() is { Spec.IsMeasured: false });
        Assert.Equal(Technique.Async, _journal.ExpectMsg<JournalWriter.Learn>().Choice.By);
        job.Tell(new Pool.Quiet(0, IsReleased: true), _pool);
        _pool.FishForMessage<Pool.Close>(_ => true);
        Tick(job, 20); // 2 s, in which all should have come
        other.FishForMessage<Pool.Release>(_ => true);
        Assert.True(_pool.ExpectMsg<Pool.Open>().Spec.IsMeasured);
        job.Tell(new Pool.Released([pieces[1], pieces[2], pieces[3]]), other);
        job.Tell(new Pool.Quiet(0, IsReleased: true), other);
        var again = Offered(job, 3);
        Return(job, Done(again[0], "second"), new Cost(0.6, 0.6, 0.6, 0));
        var choice = _journal.ExpectMsg<JournalWriter.Learn>().Choice;
        Assert.Equal(Technique.Threads, choice.By);
        Assert.EndsWith("; measured again after 1 piece, because they came more slowly than was estimated", choice.Because);
    }

    [Fact]
    public void Job_that_is_measured_again_should_not_choose_before_it_has_left_where_it_was()
    {
        var (job, other) = SendAuto(1000);
        var pieces = Offered(job, 4);
        Return(job, Done(pieces[0], "first"), new Cost(0.6, 1e-4, 1e-4, 0));
        other.ExpectMsg<Pool.Open>();
        _journal.ExpectMsg<JournalWriter.Learn>();
        job.Tell(new Pool.Quiet(0, IsReleased: true), _pool);
        _pool.FishForMessage<Pool.Close>(_ => true);
        Tick(job, 20);
        other.FishForMessage<Pool.Release>(_ => true);
        _pool.ExpectMsg<Pool.Open>();
        Return(job, Done(pieces[1], "second"), new Cost(0.6, 1e-4, 1e-4, 0)); // it would go back, and something of it runs there still
        Tick(job, 5);
        _journal.ExpectNoMsg(TimeSpan.Zero);
        job.Tell(new Pool.Quiet(0, IsReleased: true), other);
        other.FishForMessage<Pool.Close>(_ => true);
        Tick(job, 1);
        Assert.Equal(Technique.Async, _journal.ExpectMsg<JournalWriter.Learn>().Choice.By);
        other.ExpectMsg<Pool.Open>();
    }

    [Fact]
    public void Job_whose_attempts_fail_should_not_be_measured_again()
    {
        var (job, other) = SendAuto(1000);
        var pieces = Offered(job, 4);
        Return(job, Done(pieces[0], "first"), new Cost(0.6, 1e-4, 1e-4, 0));
        other.ExpectMsg<Pool.Open>();
        job.Tell(new Pool.Quiet(0, IsReleased: true), _pool);
        _pool.FishForMessage<Pool.Close>(_ => true);
        Return(job, Not(How.Failed, pieces[1]));
        Tick(job, 20);
        other.ExpectNoMsg(TimeSpan.Zero);
    }

    private void Tick(IActorRef job, int tenths)
    {
        for (var tick = 0; tick < tenths; tick++)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(100));
            Settle(job);
        }
    }

    [Fact]
    public void Job_whose_first_piece_still_waits_should_not_wait_for_it()
    {
        var (job, other) = SendAuto(1000);
        Offered(job, 4);
        job.Tell(new Pool.Awaiting(1, new Cost(0.6, 1e-4, 1e-4, 0)), _pool);
        Settle(job);
        Clock.Advance(TimeSpan.FromMilliseconds(25));
        other.ExpectMsg<Pool.Open>();
    }

    [Fact]
    public void Job_that_computes_should_stay_where_it_is()
    {
        var (job, other) = SendAuto(1000);
        Return(job, Done(Offered(job, 4)[0], "first"), new Cost(0.6, 0.6, 0.6, 0));
        Assert.Equal(Technique.Threads, _journal.ExpectMsg<JournalWriter.Learn>().Choice.By);
        Settle(job);
        other.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Job_that_has_moved_should_be_cancelled_in_both_pools_and_end_when_both_are_quiet()
    {
        var (job, other) = SendAuto(1000);
        Return(job, Done(Offered(job, 4)[0], "first"), new Cost(0.6, 1e-4, 1e-4, 0));
        other.ExpectMsg<Pool.Open>();
        _journal.ExpectMsg<JournalWriter.Learn>();
        job.Tell(new JobRun.Cancel("cancelled by the user"));
        Ended(); // the intent
        var number = other.ExpectMsg<Pool.Cancel>().Number;
        _pool.FishForMessage<Pool.Cancel>(_ => true);
        job.Tell(new Pool.Quiet(number), other);
        Settle(job);
        _journal.ExpectNoMsg(TimeSpan.Zero);
        job.Tell(new Pool.Quiet(number), _pool); // of a pause before it moved
        Settle(job);
        _journal.ExpectNoMsg(TimeSpan.Zero);
        job.Tell(new Pool.Quiet(number, IsReleased: true), _pool);
        Assert.Equal((JobState.Cancelled, Technique.Async), (Ended() is var ended ? ended.Summary.State : default, ended.Summary.By));
    }

    [Fact]
    public void Job_should_begin_with_what_was_learned_of_its_like()
    {
        var other = CreateTestProbe("async");
        var pools = new Dictionary<Technique, JobDesk.PoolSeat>
        {
            [Technique.Threads] = new(_pool, 2),
            [Technique.Async] = new(other, 1, 256),
        }.ToImmutableDictionary();
        var desk = Sys.ActorOf(
            JobDesk.Props(
                new JobDesk.Settings(3, 3, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, 3),
                pools,
                _journal,
                new Catalogue([new TestKind()]),
                [],
                [],
                TimeProvider.System
            )
        );
        desk.Tell(new JobDesk.Send(Request() with { By = null }, TestKind.Work(null, "a")), TestActor);
        _journal.Reply(
            new JournalWriter.Accepted(
                _journal.ExpectMsg<JournalWriter.Accept>().Request,
                1,
                new Model.Choice(Technique.Async, "pieces wait")
            )
        );
        Assert.False(other.ExpectMsg<Pool.Open>().Spec.IsMeasured);
    }
}

/// <summary>A failure has no form on the wire, so here messages are not put to its test.</summary>
public class UnreadableJobSpecs()
    : ActorSpec(Akka.Configuration.ConfigurationFactory.ParseString("akka.actor.serialize-messages = off").WithFallback(TestSettings.Akka))
{
    [Fact]
    public void Job_that_can_not_be_read_should_be_told_and_may_be_sent_again()
    {
        var journal = CreateTestProbe("journal");
        var settings = new JobDesk.Settings(3, 3, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, 3);
        var desk = Sys.ActorOf(
            JobDesk.Props(
                settings,
                ImmutableDictionary<Technique, JobDesk.PoolSeat>.Empty,
                journal,
                new Catalogue([]),
                [],
                [],
                TimeProvider.System
            )
        );
        foreach (var _ in new[] { 1, 2 })
        {
            desk.Tell(new JobDesk.Retry(7), TestActor);
            journal.ExpectMsg<JournalWriter.Order>();
            journal.Reply(new Status.Failure(new Input.UserError("the journal can't be read")));
            Assert.Equal("the journal can't be read", ExpectMsg<Status.Failure>().Cause.Message);
        }
    }
}
