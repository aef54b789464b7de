using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Mailroom.Kinds;

namespace Mailroom.Pools;

public class WorkerSpecs() : ActorSpec(TestSettings.AkkaRealTime)
{
    private const long Session = 7;

    // Every message goes through the wire's form here, so the worker opens its jobs by name, as on a node.
    private (TestProbe Pool, IActorRef Worker) Start(int width = 1, int? maxResultBytes = null, Action<string>? ran = null)
    {
        var pool = CreateTestProbe("pool");
        // A batch time that no busy machine exceeds: nothing is handed back for being late.
        var settings = new Worker.Settings("node-1", width, maxResultBytes, TimeSpan.FromMinutes(1));
        var worker = Sys.ActorOf(Worker.Props(settings, new Catalogue([new TestKind(ran)]), pool, Session), "worker-1");
        Assert.Equal(width, pool.ExpectMsg<Pool.Ask>().Width);
        return (pool, worker);
    }

    private static Worker.Open Open(IWork work, TimeSpan? timeout = null) => new(new JobSpec(1, "test", work.ArgumentsJson, timeout), work);

    private static Worker.Lease Lease(long id, params string[] words) =>
        new(id, 1, [.. words.Select((word, i) => new Piece(i, 1, 0, Payload.Of(word, Codec<string>.Json)))]);

    private static List<Outcome> Outcomes(TestProbe pool, int count)
    {
        var outcomes = new List<Outcome>();
        while (outcomes.Count < count)
            outcomes.AddRange(pool.ExpectMsg<Pool.Report>().Outcomes);
        return outcomes;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Worker_should_report_what_became_of_each_piece_and_go_on(int width)
    {
        var (pool, worker) = Start(width);
        worker.Tell(Open(TestKind.Work(null, "ok")));
        worker.Tell(Lease(1, "ok", "throw", "give-up", "ok"));
        var outcomes = Outcomes(pool, 4).OrderBy(outcome => outcome.Piece).ToList();
        Assert.Equal([Verdict.Done, Verdict.Failed, Verdict.GaveUp, Verdict.Done], outcomes.Select(outcome => outcome.Verdict));
        Assert.Equal("InvalidOperationException: thrown on purpose", outcomes[1].Reason);
        Assert.Contains(nameof(TestKind), outcomes[1].Detail);
        worker.Tell(Lease(2, "ok"));
        Assert.Equal(Verdict.Done, Outcomes(pool, 1).Single().Verdict);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Worker_should_stop_a_piece_whose_job_is_closed(int width)
    {
        using var started = new ManualResetEventSlim();
        var (pool, worker) = Start(width, ran: _ => started.Set());
        worker.Tell(Open(TestKind.Work(null, "wait")));
        worker.Tell(Lease(1, "wait", "wait"));
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        worker.Tell(new Worker.Close(1));
        Assert.All(Outcomes(pool, 2), outcome => Assert.Equal(Verdict.Cancelled, outcome.Verdict));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Worker_should_fail_a_piece_that_runs_out_of_time(int width)
    {
        var (pool, worker) = Start(width);
        worker.Tell(Open(TestKind.Work(null, "wait"), timeout: TimeSpan.FromMilliseconds(50)));
        worker.Tell(Lease(1, "wait"));
        var outcome = Outcomes(pool, 1).Single();
        Assert.Equal((Verdict.Failed, "timed out after 50ms"), (outcome.Verdict, outcome.Reason));
    }

    [Fact]
    public void Worker_should_run_pieces_of_threads_one_at_a_time_on_a_thread_of_its_own()
    {
        var threads = new System.Collections.Concurrent.ConcurrentBag<Thread>();
        var (pool, worker) = Start(ran: _ => threads.Add(Thread.CurrentThread));
        worker.Tell(Open(TestKind.Work(null, "ok")));
        worker.Tell(Lease(1, "ok", "ok"));
        worker.Tell(Lease(2, "ok", "ok"));
        Outcomes(pool, 4);
        Assert.Single(threads.Distinct());
        Assert.False(threads.First().IsThreadPoolThread);
    }

    [Fact]
    public void Worker_should_hold_many_waiting_pieces_at_once_async()
    {
        using var running = new CountdownEvent(8);
        var (pool, worker) = Start(width: 8, ran: _ => running.Signal());
        worker.Tell(Open(TestKind.Work(null, "wait")));
        worker.Tell(Lease(1, [.. Enumerable.Repeat("wait", 8)]));
        Assert.True(running.Wait(TimeSpan.FromSeconds(10)));
        worker.Tell(new Worker.Close(1));
        Outcomes(pool, 8);
    }

    [Fact]
    public void Worker_should_hand_back_what_it_has_not_begun_when_it_drains()
    {
        using var started = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var (pool, worker) = Start(ran: _ =>
        {
            started.Set();
            go.Wait();
        });
        worker.Tell(Open(TestKind.Work(null, "ok")));
        worker.Tell(Lease(1, "ok", "ok", "ok"));
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        worker.Tell(new Worker.Drain(), TestActor);
        pool.ExpectMsg<Pool.Leave>();
        go.Set();
        Assert.Equal([Verdict.Done, Verdict.HandedBack, Verdict.HandedBack], Outcomes(pool, 3).Select(outcome => outcome.Verdict));
        ExpectMsg<Worker.Drained>();
    }

    [Fact]
    public void Worker_should_fail_a_result_that_is_too_big_by_name_and_size()
    {
        var (pool, worker) = Start(maxResultBytes: 1_000);
        worker.Tell(Open(TestKind.Work(null, "big")));
        worker.Tell(Lease(1, "big"));
        var outcome = Outcomes(pool, 1).Single();
        Assert.Equal(Verdict.GaveUp, outcome.Verdict);
        Assert.Contains("has 5002 bytes; at most 1000", outcome.Reason);
    }

    [Fact]
    public void Worker_should_split_a_report_that_would_be_too_big_for_the_wire()
    {
        var (pool, worker) = Start(maxResultBytes: 20_000);
        worker.Tell(Open(TestKind.Work(null, "throw")));
        worker.Tell(Lease(1, [.. Enumerable.Repeat("throw", 20)]));
        var outcomes = 0;
        while (outcomes < 20)
        {
            var report = pool.ExpectMsg<Pool.Report>();
            Assert.InRange(report.Outcomes.Sum(outcome => outcome.WireBytes), 1, 20_000);
            outcomes += report.Outcomes.Length;
        }
    }

    [Fact]
    public void Worker_should_not_mind_a_timeout_longer_than_timers_can_count()
    {
        var (pool, worker) = Start();
        worker.Tell(Open(TestKind.Work(null, "ok"), timeout: TimeSpan.FromDays(60)));
        worker.Tell(Lease(1, "ok"));
        Assert.Equal(Verdict.Done, Outcomes(pool, 1).Single().Verdict);
    }

    [Fact]
    public void Worker_should_give_up_pieces_of_a_kind_that_it_does_not_know()
    {
        var (pool, worker) = Start();
        worker.Tell(new Worker.Open(new JobSpec(1, "unknown", "{}", null), null));
        worker.Tell(Lease(1, "ok"));
        Assert.Contains("there is no kind 'unknown'", Outcomes(pool, 1).Single().Reason);
    }

    [Fact]
    public void Worker_should_open_a_job_by_its_arguments_when_it_comes_from_another_process()
    {
        var (pool, worker) = Start();
        var spec = new JobSpec(1, "test", TestKind.Work(null, "ok").ArgumentsJson, null);
        worker.Tell(new Worker.Open(spec, null));
        worker.Tell(new Worker.Lease(1, 1, [new Piece(0, 1, 0, Payload.Of("\"ok\""u8.ToArray()))]));
        Assert.Equal("\"ok\"", System.Text.Encoding.UTF8.GetString(Outcomes(pool, 1).Single().Result!.Bytes.Span));
    }
}

public class StuckWorkerSpecs : ActorSpec
{
    [Fact]
    public void Worker_should_leave_a_piece_behind_that_runs_on_after_its_job_was_closed()
    {
        using var started = new ManualResetEventSlim();
        using var never = new ManualResetEventSlim();
        var pool = CreateTestProbe("pool");
        var kind = new TestKind(word =>
        {
            if (word != "stuck")
                return;
            started.Set();
            never.Wait();
        });
        var settings = new Worker.Settings("node-1", 1, null, TimeSpan.FromMilliseconds(10));
        var worker = Sys.ActorOf(Worker.Props(settings, new Catalogue([kind]), pool, 7), "worker-1");
        pool.ExpectMsg<Pool.Ask>();
        foreach (var job in new[] { 1, 2 })
            worker.Tell(new Worker.Open(new JobSpec(job, "test", kind.Bind(1, "ok").ArgumentsJson, null), null));
        worker.Tell(new Worker.Lease(1, 1, [new Piece(0, 1, 0, Payload.Of("stuck", Codec<string>.Json))]));
        worker.Tell(new Worker.Lease(2, 2, [new Piece(0, 1, 0, Payload.Of("ok", Codec<string>.Json))]));
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        worker.Tell(new Worker.Close(1));
        Settle(worker);
        Clock.Advance(TimeSpan.FromSeconds(3));
        var first = pool.ExpectMsg<Pool.Report>();
        Assert.Equal((1L, Verdict.Cancelled), (first.Lease, first.Outcomes.Single().Verdict));
        var behind = pool.ExpectMsg<Pool.Report>();
        Assert.Equal((2L, Verdict.HandedBack), (behind.Lease, behind.Outcomes.Single().Verdict));
        worker.Tell(new Worker.Lease(3, 2, [new Piece(0, 1, 0, Payload.Of("ok", Codec<string>.Json))]));
        Assert.Equal(Verdict.Done, pool.ExpectMsg<Pool.Report>().Outcomes.Single().Verdict);
        never.Set();
    }

    [Fact]
    public void Worker_should_stop_its_piece_when_it_is_abandoned()
    {
        using var started = new ManualResetEventSlim();
        var pool = CreateTestProbe("pool");
        var kind = new TestKind(_ => started.Set());
        var worker = Sys.ActorOf(Worker.Props(new Worker.Settings("node-1", 1, null, TimeSpan.FromMilliseconds(10)), new Catalogue([kind]), pool, 7), "worker-1");
        Watch(worker);
        worker.Tell(new Worker.Open(new JobSpec(1, "test", kind.Bind(1, "wait").ArgumentsJson, null), null));
        worker.Tell(new Worker.Lease(1, 1, [new Piece(0, 1, 0, Payload.Of("wait", Codec<string>.Json))]));
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        worker.Tell(new Worker.Abandon());
        ExpectTerminated(worker);
    }
}

public class BatchSpecs
{
    private static readonly Pool.Settings Settings = TestSettings.Default.Pool(Technique.Threads);

    [Theory]
    [InlineData(null, 1, 1)]
    [InlineData(null, 256, 16)]
    [InlineData(0.001, 1, 10)]
    [InlineData(1e-9, 1, 1024)]
    [InlineData(5.0, 1, 1)]
    [InlineData(0.1, 256, 25)]
    [InlineData(0.0, 1, 1024)]
    public void Batch_should_follow_the_measured_time_of_a_piece(double? seconds, int width, int expected) =>
        Assert.Equal(expected, Batch.Size(Settings, seconds, width));
}
