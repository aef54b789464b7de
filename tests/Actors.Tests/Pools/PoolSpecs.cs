using Akka.Actor;
using Akka.TestKit;
using Mailroom.Batches;
using Mailroom.Client;
using Mailroom.Kinds;

namespace Mailroom.Pools;

public class PoolSpecs : ActorSpec
{
    private const long Session = 42;
    private const long Other = 43;

    private static readonly IWork Work = TestKind.Work(null, "ok");

    private readonly IActorRef _pool;
    private readonly List<TestProbe> _ofSession = [];
    private long _lastReport = 100;

    public PoolSpecs()
    {
        _pool = Sys.ActorOf(
            Pool.Props(
                TestSettings.Pool(Technique.Processes) with
                {
                    BatchTime = TimeSpan.FromMilliseconds(10),
                    BatchesAhead = 1,
                },
                null,
                0
            ),
            "pool"
        );
    }

    private static Batch Pieces(int from, int count) =>
        [.. Enumerable.Range(from, count).Select(i => new Piece(i, 1, 0, Payload.Of("ok", Codec<string>.Json)))];

    private TestProbe Job(int id, Priority priority = Priority.Normal, int? maxWorkers = null)
    {
        var job = CreateTestProbe($"job-{id}");
        _pool.Tell(new Pool.Open(new JobSpec(id, "test", "{}", null), priority, maxWorkers, Work, job));
        return job;
    }

    private void Offer(TestProbe job, int id, int from, int count)
    {
        Assert.InRange(count, 1, job.ExpectMsg<Pool.Wanted>().Count);
        _pool.Tell(new Pool.Offer(id, Pieces(from, count)));
    }

    private TestProbe WorkerProbe(string name, int width = 1, long session = Session)
    {
        var worker = CreateTestProbe(name);
        _pool.Tell(new Pool.Ask(session, "node-1", name, width, 1), worker);
        worker.ExpectMsg<Worker.Admitted>();
        // Whoever wants to know of its own number asks for a small one.
        worker.IgnoreMessages(message => message is Worker.Acknowledged { Report: > 100 });
        if (session == Session)
            _ofSession.Add(worker);
        return worker;
    }

    private static Worker.Lease Lease(TestProbe worker) => (Worker.Lease)worker.FishForMessage(message => message is Worker.Lease);

    private void Report(TestProbe worker, Worker.Lease lease, double seconds, How how = How.Done) =>
        _pool.Tell(
            new Pool.Report(
                ++_lastReport,
                lease.Job,
                lease.Id,
                [
                    .. lease.Pieces.Select(piece => new Outcome(
                        piece,
                        how,
                        how == How.Done ? Payload.Of("ok", Codec<string>.Json) : null,
                        null,
                        null,
                        seconds
                    )),
                ]
            ),
            worker
        );

    [Fact]
    public void Pool_should_tell_a_worker_of_the_job_before_its_first_lease()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 5);
        Assert.Equal(1, worker.ExpectMsg<Worker.Open>().Spec.Job);
        Assert.Equal([0], worker.ExpectMsg<Worker.Lease>().Pieces.Select(piece => piece.Index));
    }

    [Fact]
    public void Pool_should_lease_no_more_at_once_than_a_job_wants_however_wide_a_worker_is()
    {
        var job = CreateTestProbe("job-1");
        _pool.Tell(new Pool.Open(new JobSpec(1, "test", "{}", null), Priority.Normal, null, Work, job, MaxAtOnce: 2));
        var worker = WorkerProbe("worker-1", width: 100);
        Offer(job, 1, 0, 10);
        var first = Lease(worker);
        Assert.Equal([0, 1], first.Pieces.Select(piece => piece.Index));
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
        Report(worker, first, 0.01);
        Assert.Equal([2, 3], Lease(worker).Pieces.Select(piece => piece.Index));
    }

    [Fact]
    public void Pool_should_lease_one_piece_as_long_as_nothing_is_measured()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 10);
        Assert.Single(Lease(worker).Pieces);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_lease_bigger_batches_of_shorter_pieces()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 16);
        Report(worker, Lease(worker), seconds: 0.002);
        Assert.Equal(5, Lease(worker).Pieces.Count); // 10 ms of pieces of 2 ms
    }

    [Fact]
    public void Pool_should_lease_the_next_batch_ahead_only_when_pieces_are_short()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 10);
        Report(worker, Lease(worker), seconds: 10);
        Assert.Single(Lease(worker).Pieces);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_fill_an_async_worker_to_its_width_and_not_beyond()
    {
        var worker = WorkerProbe("worker-1", width: 20);
        var job = Job(1);
        Offer(job, 1, 0, 50);
        Assert.Equal(20, Lease(worker).Pieces.Count + Lease(worker).Pieces.Count);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_return_the_lease_when_its_worker_dies()
    {
        var job = Job(1);
        var first = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        Lease(first);
        _pool.Tell(new Pool.Gone("its node was lost", Crashed: false), first);
        var again = Lease(WorkerProbe("worker-2")).Pieces.Single();
        Assert.Equal((0, 1, 0), (again.Index, again.Attempt, again.Crashes));
    }

    [Fact]
    public void Pool_should_return_the_lease_when_its_worker_asks_anew()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        var before = Lease(worker);
        _pool.Tell(new Pool.Ask(Session, "node-1", "worker-1", 1, 2), worker);
        Assert.True(Lease(worker).Id > before.Id);
    }

    [Fact]
    public void Pool_should_drop_the_late_answer_of_a_lost_worker()
    {
        var job = Job(1);
        var lost = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        var lease = Lease(lost);
        _pool.Tell(new Pool.Gone("lost", Crashed: false), lost);
        Report(lost, lease, 0.001);
        Settle(_pool);
        Assert.Equal(1, StaleOnly(job));
    }

    /// <summary>How many outcomes the job is told to be stale, without having been told first that anything settled.</summary>
    private static int StaleOnly(TestProbe job) =>
        (
            (Pool.Stale)
                job.FishForMessage(message =>
                {
                    Assert.IsNotType<Pool.Settled>(message);
                    return message is Pool.Stale;
                })
        ).Count;

    [Fact]
    public void Pool_should_count_a_result_once_even_when_it_comes_twice()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        var lease = Lease(worker);
        Report(worker, lease, 0.001);
        Report(worker, lease, 0.001);
        job.FishForMessage(message => message is Pool.Settled);
        Assert.Equal(1, StaleOnly(job));
    }

    /// <summary>The process of all workers so far ends.</summary>
    private void Crash()
    {
        _pool.Tell(new Pool.Suspend(Session));
        foreach (var worker in _ofSession)
            _pool.Tell(new Pool.Gone("killed by signal 9", Crashed: true), worker);
        _ofSession.Clear();
    }

    /// <summary>Offers again what came back from a crash, as a job does.</summary>
    private void OfferAgain(TestProbe job)
    {
        var crashed = job.FishForMessage<Pool.Settled>(settled => settled.Ends.Any(outcome => outcome.How == How.Crashed)).Ends;
        Assert.All(crashed, outcome => Assert.Equal("killed by signal 9", outcome.Reason));
        _pool.Tell(
            new Pool.Offer(1, [.. crashed.Select(settled => settled.Piece with { Crashes = settled.Piece.Crashes + 1 })], Again: true)
        );
    }

    [Fact]
    public void Pool_should_run_the_suspects_of_one_crash_together_and_those_of_two_alone()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 16);
        Report(worker, Lease(worker), 0.002);
        Assert.Equal(5, Lease(worker).Pieces.Count);
        Crash();
        OfferAgain(job);
        var second = Lease(WorkerProbe("worker-2"));
        Assert.Equal([1, 2, 3, 4, 5], second.Pieces.Select(piece => piece.Index));
        Assert.All(second.Pieces, piece => Assert.Equal(1, piece.Crashes));
        Crash();
        OfferAgain(job);
        var next = WorkerProbe("worker-3");
        for (var i = 1; i <= 5; i++)
        {
            var lease = Lease(next);
            Assert.Equal((i, 2), (lease.Pieces.Single().Index, lease.Pieces.Single().Crashes));
            next.ExpectNoMsg(TimeSpan.Zero);
            Report(next, lease, 0.002);
        }
        Assert.True(Lease(next).Pieces.Count > 1);
    }

    [Fact]
    public void Pool_should_count_one_crash_for_a_process_with_several_workers()
    {
        var job = Job(1);
        for (var i = 1; i <= 4; i++)
            WorkerProbe($"worker-{i}");
        Settle(_pool);
        job.ExpectMsg<Pool.Wanted>();
        _pool.Tell(new Pool.Offer(1, Pieces(0, 1)));
        Crash();
        OfferAgain(job);
        Assert.Equal(1, Lease(WorkerProbe("worker-5")).Pieces.Single().Crashes);
    }

    [Fact]
    public void Pool_should_run_a_suspect_without_neighbours_in_its_process()
    {
        var job = Job(1);
        var first = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        Lease(first);
        Crash();
        OfferAgain(job);
        Lease(WorkerProbe("worker-2"));
        var neighbour = WorkerProbe("worker-3");
        Offer(Job(2), 2, 0, 5);
        Settle(_pool);
        neighbour.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_serve_a_short_job_while_a_long_one_runs()
    {
        var longJob = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(longJob, 1, 0, 16);
        for (var i = 0; i < 3; i++)
            Report(worker, Lease(worker), seconds: 1);
        var lease = Lease(worker);
        Offer(Job(2), 2, 0, 1);
        Report(worker, lease, seconds: 1);
        Assert.Equal(2, Lease(worker).Job);
    }

    [Fact]
    public void Pool_should_share_the_workers_by_priority()
    {
        var worker = WorkerProbe("worker-1");
        Offer(Job(1, Priority.Low), 1, 0, 16);
        Offer(Job(2, Priority.High), 2, 0, 16);
        var served = new List<int>();
        for (var i = 0; i < 17; i++)
        {
            var lease = Lease(worker);
            served.Add(lease.Job);
            Report(worker, lease, seconds: 1);
        }
        Assert.InRange(served.Count(job => job == 1), 1, 3); // 1 in 17 by weight, and the first for having been alone
    }

    [Fact]
    public void Pool_should_keep_a_job_to_its_number_of_workers()
    {
        var job = Job(1, maxWorkers: 1);
        var first = WorkerProbe("worker-1");
        var second = WorkerProbe("worker-2");
        Offer(job, 1, 0, 10);
        Lease(first);
        Settle(_pool);
        second.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_want_no_more_pieces_than_its_workers_can_use_soon()
    {
        var job = Job(1);
        var wanted = job.ExpectMsg<Pool.Wanted>().Count;
        Assert.InRange(wanted, 1, 100);
        job.ExpectNoMsg(TimeSpan.Zero);
        _pool.Tell(new Pool.Offer(1, Pieces(0, wanted)));
        Settle(_pool);
        job.ExpectNoMsg(TimeSpan.Zero); // nothing was used up, so nothing more is wanted
    }

    [Fact]
    public void Pool_should_open_a_job_again_at_a_worker_that_hands_it_back_and_in_the_end_offer_it_no_more()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        for (var time = 0; time < 50; time++)
        {
            worker.ExpectMsg<Worker.Open>();
            Report(worker, worker.ExpectMsg<Worker.Lease>(), 0, How.HandedBack);
        }
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
        Clock.Advance(TimeSpan.FromSeconds(5)); // no other worker has come meanwhile
        Assert.Equal(
            "node-1 has handed back 50 batches in a row without having begun any",
            job.FishForMessage<Pool.Stranded>(_ => true).Reason
        );
    }

    [Fact]
    public void Pool_should_refuse_a_piece_too_big_for_the_wire_by_name_and_size()
    {
        var job = Job(1);
        WorkerProbe("worker-1");
        job.ExpectMsg<Pool.Wanted>();
        _pool.Tell(new Pool.Offer(1, [new Piece(0, 1, 0, Payload.Of(new byte[2_000_000]))]));
        var settled = ((Pool.Settled)job.FishForMessage(message => message is Pool.Settled)).Ends.Single();
        Assert.Equal(How.GaveUp, settled.How);
        Assert.Contains("2000000 bytes; at most 1048576", settled.Reason);
    }

    [Fact]
    public void Pool_should_close_a_job_at_its_workers()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 5);
        Lease(worker);
        _pool.Tell(new Pool.Close(1));
        Assert.Equal(1, worker.ExpectMsg<Worker.Close>().Job);
    }

    [Fact]
    public void Pool_should_lease_nothing_to_a_worker_that_leaves()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        _pool.Tell(new Pool.Leave(), worker);
        Offer(job, 1, 0, 5);
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_strand_its_jobs_when_no_worker_will_come()
    {
        var job = Job(1);
        _pool.Tell(new Pool.OutOfWorkers("all nodes are given up", []));
        Assert.Equal("all nodes are given up", ((Pool.Stranded)job.FishForMessage(message => message is Pool.Stranded)).Reason);
    }

    [Fact]
    public void Pool_should_strand_its_jobs_when_the_last_worker_goes_after_the_word_that_none_will_come()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        Lease(worker);
        _pool.Tell(new Pool.OutOfWorkers("all nodes are given up", []));
        Settle(_pool);
        job.ExpectNoMsg(TimeSpan.Zero);
        _pool.Tell(new Pool.Gone("killed", Crashed: false), worker);
        Assert.Equal("all nodes are given up", job.FishForMessage<Pool.Stranded>(_ => true).Reason);
    }

    [Fact]
    public void Pool_should_lease_a_job_only_to_workers_that_do_not_decline_it()
    {
        var job = Job(1);
        var (unable, able) = (WorkerProbe("worker-1"), WorkerProbe("worker-2"));
        Offer(job, 1, 0, 3);
        var lease = Lease(unable);
        _pool.Tell(new Pool.Decline(1, "can't"), unable);
        Report(unable, lease, 0.1, How.HandedBack);
        var indexes = new List<int>();
        while (indexes.Count < 3)
        {
            var next = Lease(able);
            indexes.AddRange(next.Pieces.Select(piece => piece.Index));
            Report(able, next, 0.1);
        }
        Assert.Equal([0, 1, 2], indexes.Order());
        Settle(_pool);
        unable.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_strand_a_job_that_every_worker_declines_once_no_other_has_come()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 3);
        Lease(worker);
        _pool.Tell(new Pool.Decline(1, "can't"), worker);
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        var stranded = (Pool.Stranded)job.FishForMessage(message => message is Pool.Stranded);
        Assert.Equal("node-1 can't", stranded.Reason);
    }

    [Fact]
    public void Pool_should_not_strand_a_job_while_a_worker_that_may_run_it_is_only_out_of_reach()
    {
        var job = Job(1);
        var (unable, able) = (WorkerProbe("worker-1"), WorkerProbe("worker-2", session: Other));
        Offer(job, 1, 0, 3);
        _pool.Tell(new Pool.Decline(1, "can't"), unable);
        Settle(_pool);
        _pool.Tell(new Pool.Suspend(Other));
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        _pool.Tell(new Pool.Recount(Other));
        able.FishForMessage(message => message is Worker.Recount);
        _pool.Tell(new Pool.Withdraw(1)); // a mark: what the job hears until then
        job.FishForMessage(message =>
        {
            Assert.IsNotType<Pool.Stranded>(message);
            return message is Pool.Withdrawn;
        });
    }

    [Fact]
    public void Pool_should_not_run_what_was_withdrawn_and_say_how_much_it_was()
    {
        var job = Job(1);
        Offer(job, 1, 0, 10);
        _pool.Tell(new Pool.Withdraw(1));
        Assert.Equal(10, job.FishForMessage<Pool.Withdrawn>(_ => true).Count);
        _pool.Tell(new Pool.Offer(1, Pieces(10, 2)));
        Assert.Equal(2, job.ExpectMsg<Pool.Withdrawn>().Count);
        var worker = WorkerProbe("worker-1");
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_acknowledge_a_report_when_it_is_committed_and_then_at_once_if_it_comes_again()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        var lease = Lease(worker);
        var report = new Pool.Report(9, 1, lease.Id, [Outcome.Done(lease.Pieces[0], Payload.Of("ok", Codec<string>.Json), 0.1)]);
        _pool.Tell(report, worker);
        var receipt = job.FishForMessage<Pool.Settled>(_ => true).Receipt;
        _pool.Tell(report, worker); // again, while the disk takes its time: neither stale nor to be acknowledged
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
        job.ExpectNoMsg(TimeSpan.Zero);
        receipt.Sign();
        Assert.Equal(9, worker.ExpectMsg<Worker.Acknowledged>().Report);
        _pool.Tell(report, worker);
        Assert.Equal(9, worker.ExpectMsg<Worker.Acknowledged>().Report);
        Assert.Equal(1, job.FishForMessage<Pool.Stale>(_ => true).Count);
    }

    [Fact]
    public void Pool_should_lease_nothing_more_to_a_worker_whose_results_wait_for_the_disk()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 2);
        var lease = Lease(worker);
        var big = Payload.Of(new byte[40 * 1024 * 1024]);
        _pool.Tell(new Pool.Report(9, 1, lease.Id, [Outcome.Done(lease.Pieces[0], big, 0.1)]), worker);
        var receipt = job.FishForMessage<Pool.Settled>(_ => true).Receipt;
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
        receipt.Sign();
        Assert.Equal(1, Lease(worker).Pieces.Single().Index);
    }

    [Fact]
    public void Pool_should_acknowledge_what_a_job_never_read_because_it_ended()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        var lease = Lease(worker);
        _pool.Tell(new Pool.Report(9, 1, lease.Id, [Outcome.Done(lease.Pieces[0], Payload.Of("ok", Codec<string>.Json), 0.1)]), worker);
        job.FishForMessage<Pool.Settled>(_ => true);
        _pool.Tell(new Pool.Close(1));
        Assert.Equal(9, worker.ExpectMsg<Worker.Acknowledged>().Report);
    }

    [Fact]
    public void Pool_should_answer_a_worker_that_asks_twice_and_leave_it_what_it_holds()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        Lease(worker);
        _pool.Tell(new Pool.Ask(Session, "node-1", "worker-1", 1, 1), worker);
        worker.ExpectMsg<Worker.Admitted>();
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_find_out_what_was_lost_with_a_connection_and_lease_that_again()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 16);
        Report(worker, Lease(worker), 0.002);
        var lost = Lease(worker);
        _pool.Tell(new Pool.Suspend(Session));
        _pool.Tell(new Pool.Recount(Session));
        var recount = (Worker.Recount)worker.FishForMessage(message => message is Worker.Recount);
        _pool.Tell(new Pool.Held(recount.Number, [], [1, 77]), worker);
        Assert.Equal(77, worker.ExpectMsg<Worker.Close>().Job); // a job that it does not know to be over
        var again = Lease(worker);
        Assert.Equal(lost.Pieces.Select(piece => piece.Index), again.Pieces.Select(piece => piece.Index));
        Assert.True(again.Id > lost.Id);
    }

    [Fact]
    public void Pool_should_ask_a_worker_again_that_does_not_say_what_it_holds()
    {
        var worker = WorkerProbe("worker-1");
        _pool.Tell(new Pool.Suspend(Session));
        _pool.Tell(new Pool.Recount(Session));
        var first = worker.ExpectMsg<Worker.Recount>().Number;
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        var second = worker.ExpectMsg<Worker.Recount>().Number;
        Assert.True(second > first);
        _pool.Tell(new Pool.Held(second, [], []), worker);
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_leave_a_worker_what_it_still_holds_after_its_connection_broke()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        var lease = Lease(worker);
        _pool.Tell(new Pool.Suspend(Session));
        _pool.Tell(new Pool.Recount(Session));
        var recount = worker.ExpectMsg<Worker.Recount>();
        _pool.Tell(new Pool.Held(recount.Number, [lease.Id], [1]), worker);
        Report(worker, lease, 0.1);
        Assert.Equal(0, job.FishForMessage<Pool.Settled>(_ => true).Ends.Single().Piece.Index);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_cancel_what_runs_forget_what_waits_and_tell_when_all_is_quiet()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 5);
        var lease = Lease(worker);
        _pool.Tell(new Pool.Cancel(1, 7));
        Assert.Equal(1, worker.ExpectMsg<Worker.Close>().Job);
        Report(worker, lease, 0.1, How.Cancelled);
        var settled = false;
        job.FishForMessage(message =>
        {
            settled |= message is Pool.Settled;
            return message is Pool.Quiet { Number: 7 };
        });
        Assert.True(settled); // and not before
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_tell_that_a_job_is_quiet_when_its_only_holder_declines_it()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        Lease(worker);
        _pool.Tell(new Pool.Hold(1, On: true, 5));
        _pool.Tell(new Pool.Decline(1, "no programs here"), worker);
        Assert.Equal(5, job.FishForMessage<Pool.Quiet>(_ => true).Number);
    }

    [Fact]
    public void Pool_should_tell_its_jobs_what_they_wait_for_until_a_worker_comes()
    {
        var early = Job(1);
        _pool.Tell(new Pool.WorkersAway("no node is left"));
        _pool.Tell(new Pool.WorkersAway("no node is left"));
        var late = Job(2);
        Assert.Equal("no node is left", early.FishForMessage<Pool.Waiting>(_ => true).Reason);
        Assert.Equal("no node is left", late.FishForMessage<Pool.Waiting>(_ => true).Reason);
        WorkerProbe("worker-1");
        Assert.Null(early.FishForMessage<Pool.Waiting>(_ => true).Reason);
        Assert.Null(late.FishForMessage<Pool.Waiting>(_ => true).Reason);
    }

    [Fact]
    public void Pool_should_give_a_job_back_what_waits_and_what_comes_back_later()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 4);
        var lease = Lease(worker);
        _pool.Tell(new Pool.Release(1));
        Assert.Equal([1, 2, 3], job.FishForMessage<Pool.Released>(_ => true).Pieces.Select(piece => piece.Index));
        Report(worker, lease, 0, How.HandedBack);
        Assert.Equal([0], job.FishForMessage<Pool.Released>(_ => true).Pieces.Select(piece => piece.Index));
        job.FishForMessage<Pool.Quiet>(_ => true);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task Pool_should_strand_its_jobs_when_all_its_own_workers_are_stuck()
    {
        var worker = CreateTestProbe("stuck");
        var pool = Sys.ActorOf(
            Pool.Props(
                TestSettings.Pool(Technique.Threads),
                session =>
                {
                    worker.Tell(session.ToString(System.Globalization.CultureInfo.InvariantCulture));
                    return Props.Create(() => new Stub());
                },
                1
            )
        );
        var session = long.Parse(worker.ExpectMsg<string>(), System.Globalization.CultureInfo.InvariantCulture);
        Settle(pool);
        var child = await Sys.ActorSelection(pool.Path / "worker-1").ResolveOne(TimeSpan.FromSeconds(3));
        pool.Tell(new Pool.Ask(session, "host", "worker-1", 1, 1), child);
        var job = CreateTestProbe();
        pool.Tell(new Pool.Open(new JobSpec(1, "test", "{}", null), Priority.Normal, null, Work, job));
        pool.Tell(new Pool.Leave(), child);
        Assert.StartsWith("every worker has broken, or has left behind", job.FishForMessage<Pool.Stranded>(_ => true).Reason);
    }

    [Fact]
    public void Pool_should_strand_its_jobs_when_the_last_of_its_own_workers_has_broken_for_good()
    {
        var made = CreateTestProbe("made");
        var pool = Sys.ActorOf(
            Pool.Props(TestSettings.Pool(Technique.Threads), session => Props.Create(() => new Breaking(made, session)), 1)
        );
        var job = CreateTestProbe();
        pool.Tell(new Pool.Open(new JobSpec(1, "test", "{}", null), Priority.Normal, null, Work, job));
        for (var time = 0; time <= 10; time++)
        {
            made.ExpectMsg<string>();
            made.LastSender.Tell("break");
        }
        Assert.StartsWith("every worker has broken", job.FishForMessage<Pool.Stranded>(_ => true).Reason);
    }

    private sealed class Breaking : ReceiveActor
    {
        public Breaking(TestProbe made, long session)
        {
            Context.Parent.Tell(new Pool.Ask(session, "host", "worker-1", 1, Random.Shared.NextInt64()));
            made.Tell("here");
            Receive<Worker.Admitted>(_ => { });
            Receive<string>(_ => throw new InvalidOperationException("broken on purpose"));
        }
    }

    private sealed class Stub : ReceiveActor
    {
        public Stub() => ReceiveAny(_ => { });
    }

    [Fact]
    public void Pool_should_strand_a_job_whose_only_willing_worker_is_lost()
    {
        var job = Job(1);
        var (unable, able) = (WorkerProbe("worker-1"), WorkerProbe("worker-2", session: Other));
        Offer(job, 1, 0, 3);
        _pool.Tell(new Pool.Decline(1, "can't"), unable);
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Settle(_pool);
        _pool.Tell(new Pool.Gone("killed", true), able);
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("node-1 can't", job.FishForMessage<Pool.Stranded>(_ => true).Reason);
    }
}
