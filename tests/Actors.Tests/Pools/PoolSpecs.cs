using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Mailroom.Kinds;

namespace Mailroom.Pools;

public class PoolSpecs : ActorSpec
{
    private const long Session = 42;

    private static readonly IWork Work = TestKind.Work(null, "ok");

    private readonly IActorRef _pool;

    public PoolSpecs()
    {
        _pool = Sys.ActorOf(Pool.Props(TestSettings.Default.Pool(Technique.Processes) with { BatchesAhead = 1 }, null, 0), "pool");
        _pool.Tell(new Pool.Admit(Session));
    }

    private static ImmutableArray<Piece> Pieces(int from, int count) =>
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
        _pool.Tell(new Pool.Ask(session, "node-1", name, width), worker);
        return worker;
    }

    private static Worker.Lease Lease(TestProbe worker) => (Worker.Lease)worker.FishForMessage(message => message is Worker.Lease);

    private void Report(TestProbe worker, Worker.Lease lease, double seconds, Verdict verdict = Verdict.Done) => _pool.Tell(
        new Pool.Report(Session, lease.Id, [.. lease.Pieces.Select(piece => new Outcome(piece.Index, piece.Attempt, verdict, verdict == Verdict.Done ? Payload.Of("ok", Codec<string>.Json) : null, null, null, seconds))]),
        worker);

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
        Assert.Equal(5, Lease(worker).Pieces.Length); // 10 ms of pieces of 2 ms
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
        Assert.Equal(20, Lease(worker).Pieces.Length + Lease(worker).Pieces.Length);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_return_the_lease_when_its_worker_dies()
    {
        var job = Job(1);
        var first = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        Lease(first);
        _pool.Tell(new Pool.Expel(Session, "its node was lost", Crashed: false));
        _pool.Tell(new Pool.Admit(Session));
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
        _pool.Tell(new Pool.Ask(Session, "node-1", "worker-1", 1), worker);
        Assert.True(Lease(worker).Id > before.Id);
    }

    [Fact]
    public void Pool_should_drop_the_late_answer_of_a_lost_worker()
    {
        var job = Job(1);
        var lost = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        var lease = Lease(lost);
        _pool.Tell(new Pool.Expel(Session, "lost", Crashed: false));
        Report(lost, lease, 0.001);
        Settle(_pool);
        job.ReceiveWhile<Pool.Wanted>(TimeSpan.Zero, _ => null!);
        job.ExpectNoMsg(TimeSpan.Zero);
    }

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
        Settle(_pool);
        Assert.DoesNotContain(job.ReceiveWhile<object>(TimeSpan.Zero, message => message), message => message is Pool.Settled);
    }

    [Fact]
    public void Pool_should_run_the_suspects_of_a_crash_alone()
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 16);
        Report(worker, Lease(worker), 0.002);
        Assert.Equal(5, Lease(worker).Pieces.Length);
        _pool.Tell(new Pool.Expel(Session, "killed by signal 9", Crashed: true));
        _pool.Tell(new Pool.Admit(Session));
        var next = WorkerProbe("worker-2");
        for (var i = 1; i <= 5; i++)
        {
            var lease = Lease(next);
            Assert.Equal((i, 1), (lease.Pieces.Single().Index, lease.Pieces.Single().Crashes));
            next.ExpectNoMsg(TimeSpan.Zero);
            Report(next, lease, 0.002);
        }
        Assert.True(Lease(next).Pieces.Length > 1);
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
        _pool.Tell(new Pool.Expel(Session, "killed by signal 9", Crashed: true));
        _pool.Tell(new Pool.Admit(Session));
        Assert.Equal(1, Lease(WorkerProbe("worker-5")).Pieces.Single().Crashes);
    }

    [Fact]
    public void Pool_should_run_a_suspect_without_neighbours_in_its_process()
    {
        var job = Job(1);
        var first = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        Lease(first);
        _pool.Tell(new Pool.Expel(Session, "killed by signal 9", Crashed: true));
        _pool.Tell(new Pool.Admit(Session));
        Lease(WorkerProbe("worker-2"));
        var neighbour = WorkerProbe("worker-3");
        Offer(Job(2), 2, 0, 5);
        Settle(_pool);
        neighbour.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_give_up_a_piece_that_ended_its_process_three_times()
    {
        var job = Job(1);
        Settle(_pool);
        Offer(job, 1, 0, 1);
        for (var crash = 1; crash <= 3; crash++)
        {
            Lease(WorkerProbe($"worker-{crash}"));
            _pool.Tell(new Pool.Expel(Session, "killed by signal 9", Crashed: true));
            _pool.Tell(new Pool.Admit(Session));
        }
        var settled = ((Pool.Settled)job.FishForMessage(message => message is Pool.Settled)).Pieces.Single();
        Assert.Equal(Verdict.Crashed, settled.Outcome.Verdict);
        Assert.Contains("killed by signal 9", settled.Outcome.Reason);
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
    public void Pool_should_not_listen_to_a_worker_without_a_session()
    {
        var job = Job(1);
        var stranger = WorkerProbe("worker-1", session: 666);
        Offer(job, 1, 0, 1);
        Settle(_pool);
        stranger.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_refuse_a_piece_too_big_for_the_wire_by_name_and_size()
    {
        var job = Job(1);
        WorkerProbe("worker-1");
        job.ExpectMsg<Pool.Wanted>();
        _pool.Tell(new Pool.Offer(1, [new Piece(0, 1, 0, Payload.Of(new byte[2_000_000]))]));
        var settled = ((Pool.Settled)job.FishForMessage(message => message is Pool.Settled)).Pieces.Single();
        Assert.Equal(Verdict.GaveUp, settled.Outcome.Verdict);
        Assert.Contains("2000000 bytes; at most 1048576", settled.Outcome.Reason);
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
        _pool.Tell(new Pool.Leave(Session), worker);
        Offer(job, 1, 0, 5);
        Settle(_pool);
        worker.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Pool_should_strand_its_jobs_when_no_worker_will_come()
    {
        var job = Job(1);
        _pool.Tell(new Pool.OutOfWorkers("all nodes are given up"));
        Assert.Equal("all nodes are given up", ((Pool.Stranded)job.FishForMessage(message => message is Pool.Stranded)).Reason);
    }

    [Fact]
    public void Pool_should_lease_a_job_only_to_workers_that_do_not_decline_it()
    {
        var job = Job(1);
        var (unable, able) = (WorkerProbe("worker-1"), WorkerProbe("worker-2"));
        Offer(job, 1, 0, 3);
        var lease = Lease(unable);
        _pool.Tell(new Pool.Decline(Session, 1, "can't"), unable);
        Report(unable, lease, 0.1, Verdict.HandedBack);
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
        _pool.Tell(new Pool.Decline(Session, 1, "can't"), worker);
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        var stranded = (Pool.Stranded)job.FishForMessage(message => message is Pool.Stranded);
        Assert.Equal("node-1 can't", stranded.Reason);
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

    [Theory]
    [InlineData(2, Verdict.Done)]
    [InlineData(3, Verdict.Failed)]
    public void Pool_should_join_a_result_that_came_in_parts_or_fail_it_when_one_is_missing(int promised, Verdict verdict)
    {
        var job = Job(1);
        var worker = WorkerProbe("worker-1");
        Offer(job, 1, 0, 1);
        var lease = Lease(worker);
        foreach (var part in new byte[][] { [1, 2], [3] })
            _pool.Tell(new Pool.Part(Session, lease.Id, 0, Payload.Of(part)), worker);
        _pool.Tell(new Pool.Report(Session, lease.Id, [new Outcome(0, 1, Verdict.Done, null, null, null, 0.1, null, promised)]), worker);
        var outcome = job.FishForMessage<Pool.Settled>(_ => true).Pieces.Single().Outcome;
        Assert.Equal(verdict, outcome.Verdict);
        if (verdict == Verdict.Done)
            Assert.Equal([1, 2, 3], outcome.Result!.Bytes.ToArray());
        else
            Assert.Equal("its result came incomplete: 2 of 3 parts", outcome.Reason);
    }

    [Fact]
    public void Pool_should_strand_a_job_whose_only_willing_worker_is_lost()
    {
        var job = Job(1);
        var (unable, able) = (WorkerProbe("worker-1"), WorkerProbe("worker-2", session: OtherSession()));
        Offer(job, 1, 0, 3);
        _pool.Tell(new Pool.Decline(Session, 1, "can't"), unable);
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Settle(_pool);
        _pool.Tell(new Pool.Expel(43, "killed", true));
        Settle(_pool);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("node-1 can't", job.FishForMessage<Pool.Stranded>(_ => true).Reason);

        long OtherSession()
        {
            _pool.Tell(new Pool.Admit(43));
            return 43;
        }
    }
}
