using Akka.Actor;
using Akka.TestKit;
using Mailroom.Batches;
using Mailroom.Kinds;

namespace Mailroom.Pools;

public class WorkerSpecs() : ActorSpec(TestSettings.AkkaRealTime)
{
    private const long Session = 7;

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    // Jobs come without their work here, so the worker opens them by name, as on a node.
    private (TestProbe Pool, IActorRef Worker) Start(
        int width = 1,
        int? maxResultBytes = null,
        Action<string>? ran = null,
        int maxResult = 10_000,
        bool mayRunPrograms = true,
        TestKind? kind = null
    )
    {
        var pool = CreateTestProbe("pool");
        // A batch time and a grace that no busy machine exceeds: nothing is handed back for being late, or taken for stuck.
        var settings = new Worker.Settings(
            "node-1",
            width,
            new Worker.Limits(maxResultBytes is { } most ? Way.ToNodes(most) : new WayByName(), maxResult),
            TimeSpan.FromMinutes(1),
            mayRunPrograms,
            TimeSpan.FromMinutes(1),
            Worker.LastRung.LeaveThread
        );
        var worker = pool.ChildActorOf(Worker.Props(settings, new Catalogue([kind ?? new TestKind(ran)]), Session), "worker-1");
        Assert.Equal(width, pool.ExpectMsg<Pool.Ask>().Width);
        return (pool, worker);
    }

    private static Worker.Open Open(IWork work, TimeSpan? timeout = null) => new(new JobSpec(1, "test", work.ArgumentsJson, timeout), null);

    private static Worker.Lease Lease(long id, params string[] words) =>
        new(id, 1, [.. words.Select((word, i) => new Piece(i, 1, 0, Payload.Of(word, Codec<string>.Json)))]);

    private static List<Outcome> Outcomes(TestProbe pool, int count)
    {
        var outcomes = new List<Outcome>();
        while (outcomes.Count < count)
            outcomes.AddRange(pool.ExpectMsg<Pool.Report>().Ends);
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
        var outcomes = Outcomes(pool, 4).OrderBy(outcome => outcome.Piece.Index).ToList();
        Assert.Equal([How.Done, How.Failed, How.GaveUp, How.Done], outcomes.Select(outcome => outcome.How));
        Assert.Equal("InvalidOperationException: thrown on purpose", outcomes[1].Reason);
        Assert.Contains(nameof(TestKind), outcomes[1].Detail);
        worker.Tell(Lease(2, "ok"));
        Assert.Equal(How.Done, Outcomes(pool, 1).Single().How);
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
        Assert.All(Outcomes(pool, 2), outcome => Assert.Equal(How.Cancelled, outcome.How));
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
        Assert.Equal((How.Failed, "timed out after 50ms"), (outcome.How, outcome.Reason));
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
        Assert.Equal([How.Done, How.HandedBack, How.HandedBack], Outcomes(pool, 3).Select(outcome => outcome.How));
        ExpectMsg<Worker.Drained>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Worker_should_hand_back_what_it_has_not_begun_of_a_job_that_goes_on_elsewhere(int width)
    {
        using var started = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var (pool, worker) = Start(
            width,
            ran: word =>
            {
                if (word != "hold")
                    return;
                started.Set();
                go.Wait();
            }
        );
        worker.Tell(Open(TestKind.Work(null, "ok")));
        worker.Tell(Lease(1, "hold", "ok", "ok"));
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        worker.Tell(new Worker.Return(1));
        Settle(worker);
        go.Set();
        Assert.Equal(
            [How.Done, How.HandedBack, How.HandedBack],
            Outcomes(pool, 3).OrderBy(outcome => outcome.Piece.Index).Select(outcome => outcome.How)
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1_000)]
    public void Worker_should_fail_a_result_that_is_too_big_by_name_and_size(int? most)
    {
        var (pool, worker) = Start(maxResultBytes: most, maxResult: 1_000);
        worker.Tell(Open(TestKind.Work(null, "big")));
        worker.Tell(Lease(1, "big"));
        var outcome = Outcomes(pool, 1).Single();
        Assert.Equal(How.GaveUp, outcome.How);
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
            Assert.InRange(report.Ends.Sum(outcome => outcome.WireBytes), 1, 20_000);
            outcomes += report.Ends.Count;
        }
    }

    [Fact]
    public void Worker_should_split_a_report_of_many_pieces_of_a_job_that_it_can_not_open()
    {
        var (pool, worker) = Start(maxResultBytes: 20_000, kind: new TestKind { OpenFails = true });
        worker.Tell(new Worker.Open(new JobSpec(1, "test", TestKind.Work(null, "ok").ArgumentsJson, null), null));
        worker.Tell(Lease(1, [.. Enumerable.Repeat("ok", 100)]));
        for (var outcomes = 0; outcomes < 100; )
        {
            var report = pool.ExpectMsg<Pool.Report>();
            Assert.InRange(report.Ends.Sum(outcome => outcome.WireBytes), 1, 20_000);
            Assert.StartsWith("node-1 can't run it: ", report.Ends[0].Reason);
            outcomes += report.Ends.Count;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Worker_should_go_on_when_a_callback_of_a_cancelled_piece_throws(int width)
    {
        using var started = new ManualResetEventSlim();
        var (pool, worker) = Start(width, ran: _ => started.Set());
        worker.Tell(Open(TestKind.Work(null, "ok")));
        worker.Tell(Lease(1, "throw-when-cancelled"));
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        worker.Tell(new Worker.Close(1));
        Assert.Equal(How.Cancelled, Outcomes(pool, 1).Single().How);
        worker.Tell(Open(TestKind.Work(null, "ok")));
        worker.Tell(Lease(2, "ok"));
        // And did not ask anew.
        Assert.Equal((2L, How.Done), (pool.ExpectMsg<Pool.Report>() is var report ? report.Lease : 0, report.Ends.Single().How));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Worker_should_go_on_when_a_callback_of_a_piece_that_is_out_of_time_throws(int width)
    {
        var (pool, worker) = Start(width);
        worker.Tell(Open(TestKind.Work(null, "ok"), timeout: TimeSpan.FromMilliseconds(50)));
        worker.Tell(Lease(1, "throw-when-cancelled", "ok"));
        Assert.Equal(
            [(0, How.Failed), (1, How.Done)],
            Outcomes(pool, 2).OrderBy(outcome => outcome.Piece.Index).Select(outcome => (outcome.Piece.Index, outcome.How))
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Worker_should_begin_anew_at_once_when_it_breaks_behind_a_piece_that_does_not_end(bool isLeftBehind)
    {
        using var started = new ManualResetEventSlim();
        using var never = new ManualResetEventSlim();
        var kind = new TestKind(word =>
        {
            if (word != "stuck")
                return;
            started.Set();
            never.Wait();
        });
        var probe = CreateTestProbe("pool");
        var settings = new Worker.Settings(
            "host",
            1,
            new Worker.Limits(new WayByName(), 10_000),
            TimeSpan.FromMinutes(1),
            true,
            Grace,
            Worker.LastRung.LeaveThread
        );
        var child = Worker.Props(settings, new Catalogue([kind]), Session);
        Sys.ActorOf(Props.Create(() => new Restarting(child, probe)), "parent");
        probe.ExpectMsg<Pool.Ask>();
        var worker = probe.LastSender;
        worker.Tell(Open(kind.Bind(1, "ok")));
        worker.Tell(Lease(1, "stuck"));
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        if (isLeftBehind)
        {
            worker.Tell(new Worker.Close(1));
            Assert.Equal(How.Abandoned, Outcomes(probe, 1).Single().How);
            worker.Tell(Open(kind.Bind(1, "ok")));
            worker.Tell(Lease(1, "wait"));
        }
        worker.Tell(new Runner.Ran(1, null!)); // what no runner tells
        probe.ExpectMsg<Pool.Ask>();
        worker.Tell(Open(kind.Bind(1, "ok")));
        worker.Tell(Lease(2, "ok"));
        Assert.Equal(2, probe.ExpectMsg<Pool.Report>().Lease);
        never.Set();
    }

    [Fact]
    public void Worker_that_is_late_should_not_tell_each_short_piece_by_itself()
    {
        const int Short = 2_000;
        var pool = CreateTestProbe("pool");
        var kind = new TestKind(word => SpinWait.SpinUntil(() => word != "slow", TimeSpan.FromMilliseconds(60)));
        var settings = new Worker.Settings(
            "host",
            1,
            new Worker.Limits(new WayByName(), 10_000),
            TimeSpan.FromMilliseconds(20),
            true,
            TimeSpan.FromMinutes(1),
            Worker.LastRung.LeaveThread
        );
        var worker = pool.ChildActorOf(Worker.Props(settings, new Catalogue([kind]), Session), "worker-1");
        pool.ExpectMsg<Pool.Ask>();
        worker.Tell(Open(kind.Bind(1, "ok")));
        worker.Tell(Lease(1, ["slow", .. Enumerable.Repeat("ok", Short)]));
        var (reports, ends) = (0, 0);
        for (; ends <= Short; reports++)
            ends += pool.ExpectMsg<Pool.Report>().Ends.Count;
        // What is not begun in 200 ms it hands back. In these fit ten batch times, and a hundred pieces that count as long (2 ms).
        Assert.InRange(reports, 1, 120);
    }

    [Fact]
    public void Worker_should_take_as_long_for_a_batch_as_its_lease_says()
    {
        var pool = CreateTestProbe("pool");
        var kind = new TestKind(_ => SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(20)));
        var settings = new Worker.Settings(
            "host",
            1,
            new Worker.Limits(new WayByName(), 10_000),
            TimeSpan.FromMilliseconds(1), // after ten of these it would hand back the rest
            true,
            TimeSpan.FromMinutes(1),
            Worker.LastRung.LeaveThread
        );
        var worker = pool.ChildActorOf(Worker.Props(settings, new Catalogue([kind]), Session), "worker-1");
        pool.ExpectMsg<Pool.Ask>();
        worker.Tell(Open(kind.Bind(1, "ok")));
        worker.Tell(Lease(1, "ok", "ok", "ok") with { Time = TimeSpan.FromMinutes(1) });
        Assert.Equal([How.Done, How.Done, How.Done], pool.ExpectMsg<Pool.Report>().Ends.Select(outcome => outcome.How));
    }

    private sealed class Restarting : ReceiveActor
    {
        public Restarting(Props child, IActorRef pool)
        {
            Context.ActorOf(child, "worker-1");
            ReceiveAny(pool.Forward);
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Restart);
    }

    [Fact]
    public void Worker_should_not_mind_a_timeout_longer_than_timers_can_count()
    {
        var (pool, worker) = Start();
        worker.Tell(Open(TestKind.Work(null, "ok"), timeout: TimeSpan.FromDays(60)));
        worker.Tell(Lease(1, "ok"));
        Assert.Equal(How.Done, Outcomes(pool, 1).Single().How);
    }

    [Fact]
    public void Worker_should_decline_a_kind_that_it_does_not_know_and_hand_its_pieces_back()
    {
        var (pool, worker) = Start();
        worker.Tell(new Worker.Open(new JobSpec(1, "unknown", "{}", null), null));
        worker.Tell(Lease(1, "ok"));
        Assert.Equal(
            (1, "doesn't know the kind unknown; start it with --kinds and the kind's assembly"),
            (pool.ExpectMsg<Pool.Decline>() is var declined ? declined.Job : 0, declined.Reason)
        );
        Assert.Equal(How.HandedBack, Outcomes(pool, 1).Single().How);
    }

    [Fact]
    public void Worker_should_decline_another_version_of_a_kind_and_name_both()
    {
        var (pool, worker) = Start();
        worker.Tell(new Worker.Open(new JobSpec(1, "test", "{}", null, "My 1.0 (sha256 abc)"), null));
        Assert.Equal(
            "has another test: the one of Mailroom itself, but the host has My 1.0 (sha256 abc); both need the same assembly",
            pool.ExpectMsg<Pool.Decline>().Reason
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Worker_should_run_programs_only_where_that_is_allowed(bool mayRunPrograms)
    {
        var (pool, worker) = Start(mayRunPrograms: mayRunPrograms, kind: new TestKind { Programs = true });
        worker.Tell(Open(TestKind.Work(null, "ok")));
        worker.Tell(Lease(1, "ok"));
        if (!mayRunPrograms)
            Assert.Equal("doesn't run programs: its settings say mailroom.programs.allowed = off", pool.ExpectMsg<Pool.Decline>().Reason);
        Assert.Equal(mayRunPrograms ? How.Done : How.HandedBack, Outcomes(pool, 1).Single().How);
    }

    [Fact]
    public void Worker_should_send_a_big_result_in_parts_before_its_outcome()
    {
        var (pool, worker) = Start(maxResultBytes: 2_000, maxResult: 10_000);
        worker.Tell(Open(TestKind.Work(null, "big")));
        worker.Tell(Lease(1, "big"));
        var parts = Enumerable.Range(0, 3).Select(_ => pool.ExpectMsg<Pool.Part>()).ToList();
        Assert.All(parts, part => Assert.Equal((1, 0), (part.Lease, part.Piece)));
        Assert.Equal(5_002, parts.Sum(part => part.Bytes.Bytes.Length));
        var outcome = Outcomes(pool, 1).Single();
        Assert.Equal((How.Done, 3, null), (outcome.How, outcome.Parts, outcome.Result));
    }

    [Fact]
    public void Worker_should_give_up_a_result_that_can_not_be_serialised_and_say_of_which_type()
    {
        var (pool, worker) = Start(maxResultBytes: 2_000, kind: new TestKind { Results = new BrokenCodec() });
        worker.Tell(Open(TestKind.Work(null, "ok")));
        worker.Tell(Lease(1, "ok"));
        var outcome = Outcomes(pool, 1).Single();
        Assert.Equal(
            (How.GaveUp, "its result, a String, can't be serialised: broken on purpose; the kind needs another ResultCodec"),
            (outcome.How, outcome.Reason)
        );
    }

    [Fact]
    public void Worker_should_keep_what_a_failed_attempt_has_to_show()
    {
        var (pool, worker) = Start();
        worker.Tell(Open(TestKind.Work(null, "show")));
        worker.Tell(Lease(1, "show", "show-and-give-up"));
        var outcomes = Outcomes(pool, 2);
        Assert.Equal((How.Failed, TimeSpan.FromSeconds(7)), (outcomes[0].How, outcomes[0].After));
        Assert.Equal((How.GaveUp, "shown"), (outcomes[1].How, outcomes[1].Result!.Value(Codec<string>.Json)));
    }

    private sealed class BrokenCodec : Codec<string>
    {
        protected override byte[] Encode(string value) => throw new NotSupportedException("broken on purpose");
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
    private static readonly Worker.Limits Local = new(new WayByName(), 10_000);

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
        var settings = new Worker.Settings(
            "node-1",
            1,
            Local,
            TimeSpan.FromMilliseconds(10),
            true,
            TimeSpan.FromSeconds(1),
            Worker.LastRung.LeaveThread
        );
        var worker = pool.ChildActorOf(Worker.Props(settings, new Catalogue([kind]), 7), "worker-1");
        pool.ExpectMsg<Pool.Ask>();
        foreach (var job in new[] { 1, 2 })
            worker.Tell(new Worker.Open(new JobSpec(job, "test", kind.Bind(1, "ok").ArgumentsJson, null), null));
        worker.Tell(new Worker.Lease(1, 1, [new Piece(0, 1, 0, Payload.Of("stuck", Codec<string>.Json))]));
        worker.Tell(new Worker.Lease(2, 2, [new Piece(0, 1, 0, Payload.Of("ok", Codec<string>.Json))]));
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        worker.Tell(new Worker.Close(1));
        Settle(worker);
        Clock.Advance(TimeSpan.FromSeconds(1));
        var first = pool.ExpectMsg<Pool.Report>();
        Assert.Equal(
            (1L, How.Abandoned, "its thread is left behind, because a thread can't be ended; run such work by processes"),
            (first.Lease, first.Ends.Single().How, first.Ends.Single().Reason)
        );
        var behind = pool.ExpectMsg<Pool.Report>();
        Assert.Equal((2L, How.HandedBack), (behind.Lease, behind.Ends.Single().How));
        worker.Tell(new Worker.Lease(3, 2, [new Piece(0, 1, 0, Payload.Of("ok", Codec<string>.Json))]));
        Assert.Equal(How.Done, pool.ExpectMsg<Pool.Report>().Ends.Single().How);
        never.Set();
    }

    [Theory]
    [InlineData(1, Worker.LastRung.LeaveThread)]
    [InlineData(8, Worker.LastRung.LeaveThread)]
    [InlineData(1, Worker.LastRung.EndProcess)]
    public void Worker_should_climb_the_ladder_when_a_piece_does_not_end_in_its_time(int width, Worker.LastRung rung)
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
        var settings = new Worker.Settings("node-1", width, Local, TimeSpan.FromMinutes(1), true, TimeSpan.FromTicks(1), rung);
        var worker = pool.ChildActorOf(Worker.Props(settings, new Catalogue([kind]), 7));
        pool.ExpectMsg<Pool.Ask>();
        worker.Tell(new Worker.Open(new JobSpec(1, "test", kind.Bind(1, "ok").ArgumentsJson, TimeSpan.FromTicks(1)), null));
        worker.Tell(
            new Worker.Lease(
                1,
                1,
                [new Piece(0, 1, 0, Payload.Of("stuck", Codec<string>.Json)), new Piece(1, 1, 0, Payload.Of("ok", Codec<string>.Json))]
            )
        );
        Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
        Settle(worker);
        Clock.Advance(TimeSpan.FromMilliseconds(200)); // it looks; what the piece takes is real time, of which a tick is enough
        var stuck = pool.ExpectMsg<Pool.Report>().Ends.Single();
        Assert.Equal((0, How.Failed), (stuck.Piece.Index, stuck.How));
        Assert.StartsWith("timed out after ", stuck.Reason);
        var rest = pool.ExpectMsg<Pool.Report>().Ends.Single();
        Assert.Equal((1, How.HandedBack), (rest.Piece.Index, rest.How));
        if (rung == Worker.LastRung.EndProcess)
            Assert.Equal("piece 0 of job 1 did not end when it was told to", pool.ExpectMsg<Worker.Stuck>().Reason);
        else
        {
            worker.Tell(new Worker.Lease(2, 1, [new Piece(1, 1, 0, Payload.Of("ok", Codec<string>.Json))]));
            Assert.Equal(1, pool.ExpectMsg<Pool.Report>().Ends.Single().Piece.Index);
        }
        never.Set();
    }

    [Fact]
    public void Worker_should_run_no_more_when_it_has_left_behind_too_many_threads()
    {
        using var started = new SemaphoreSlim(0);
        using var never = new ManualResetEventSlim();
        var pool = CreateTestProbe("pool");
        var kind = new TestKind(_ =>
        {
            started.Release();
            never.Wait();
        });
        var worker = pool.ChildActorOf(
            Worker.Props(
                new Worker.Settings("host", 1, Local, TimeSpan.FromMinutes(1), true, TimeSpan.FromSeconds(1), Worker.LastRung.LeaveThread),
                new Catalogue([kind]),
                7
            ),
            "worker-1"
        );
        pool.ExpectMsg<Pool.Ask>();
        worker.Tell(new Worker.Admitted());
        for (var job = 1; job <= 8; job++)
        {
            worker.Tell(new Worker.Open(new JobSpec(job, "test", kind.Bind(1, "ok").ArgumentsJson, null), null));
            worker.Tell(new Worker.Lease(job, job, [new Piece(0, 1, 0, Payload.Of("stuck", Codec<string>.Json))]));
            Assert.True(started.Wait(TimeSpan.FromSeconds(10)));
            worker.Tell(new Worker.Close(job));
            Settle(worker);
            Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(How.Abandoned, pool.ExpectMsg<Pool.Report>().Ends.Single().How);
        }
        pool.ExpectMsg<Pool.Leave>();
        worker.Tell(new Worker.Lease(9, 9, [new Piece(0, 1, 0, Payload.Of("ok", Codec<string>.Json))]));
        Assert.Equal(How.HandedBack, pool.ExpectMsg<Pool.Report>().Ends.Single().How);
        never.Set();
    }

    private (TestProbe Pool, IActorRef Worker) Remote()
    {
        var pool = CreateTestProbe("pool");
        var settings = new Worker.Settings(
            "node-1",
            1,
            new Worker.Limits(Way.ToNodes(2_000), 10_000),
            TimeSpan.FromMinutes(1),
            true,
            TimeSpan.FromSeconds(1),
            Worker.LastRung.EndProcess
        );
        var worker = pool.ChildActorOf(Worker.Props(settings, new Catalogue([new TestKind()]), 7), "worker-1");
        pool.ExpectMsg<Pool.Ask>();
        worker.Tell(new Worker.Open(new JobSpec(1, "test", TestKind.Work(null, "ok").ArgumentsJson, null), null));
        return (pool, worker);
    }

    [Fact]
    public void Worker_should_ask_until_the_pool_answers()
    {
        var (pool, worker) = Remote();
        Settle(worker);
        Clock.Advance(TimeSpan.FromSeconds(5));
        pool.ExpectMsg<Pool.Ask>();
        worker.Tell(new Worker.Admitted());
        Settle(worker);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Settle(worker);
        pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Worker_should_send_a_report_again_with_its_parts_until_it_is_acknowledged()
    {
        var (pool, worker) = Remote();
        worker.Tell(new Worker.Admitted());
        worker.Tell(new Worker.Lease(1, 1, [new Piece(0, 1, 0, Payload.Of("big", Codec<string>.Json))]));
        var report = pool.FishForMessage<Pool.Report>(_ => true);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Settle(worker);
        pool.ExpectNoMsg(TimeSpan.Zero); // it may be on its way
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(_ => pool.ExpectMsg<Pool.Part>().Index));
        Assert.Equal(report.Number, pool.ExpectMsg<Pool.Report>().Number);
        worker.Tell(new Worker.Acknowledged(report.Number));
        Settle(worker);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Settle(worker);
        pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Worker_should_answer_a_recount_with_its_reports_and_then_with_what_it_holds()
    {
        var (pool, worker) = Remote();
        worker.Tell(new Worker.Lease(1, 1, [new Piece(0, 1, 0, Payload.Of("ok", Codec<string>.Json))]));
        pool.ExpectMsg<Pool.Report>();
        worker.Tell(new Worker.Lease(2, 1, [new Piece(1, 1, 0, Payload.Of("wait", Codec<string>.Json))]));
        worker.Tell(new Worker.Recount(3));
        Assert.Equal(1, pool.ExpectMsg<Pool.Report>().Lease);
        var held = pool.ExpectMsg<Pool.Held>();
        Assert.Equal((3L, 2L, 1), (held.Recount, held.Leases.Single(), held.Jobs.Single()));
    }

    [Fact]
    public void Worker_should_have_drained_only_when_its_reports_are_acknowledged()
    {
        var (pool, worker) = Remote();
        worker.Tell(new Worker.Lease(1, 1, [new Piece(0, 1, 0, Payload.Of("ok", Codec<string>.Json))]));
        var report = pool.ExpectMsg<Pool.Report>();
        worker.Tell(new Worker.Drain(), TestActor);
        Settle(worker);
        ExpectNoMsg(TimeSpan.Zero);
        worker.Tell(new Worker.Acknowledged(report.Number));
        ExpectMsg<Worker.Drained>();
    }

    [Fact]
    public void Worker_should_run_a_lease_once_that_it_is_told_of_twice()
    {
        var (pool, worker) = Remote();
        var lease = new Worker.Lease(2, 1, [new Piece(1, 1, 0, Payload.Of("wait", Codec<string>.Json))]);
        worker.Tell(lease);
        worker.Tell(lease);
        worker.Tell(new Worker.Close(1));
        Assert.Equal(How.Cancelled, pool.ExpectMsg<Pool.Report>().Ends.Single().How);
        Settle(worker);
        pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Worker_should_stop_its_piece_when_it_is_abandoned()
    {
        using var started = new ManualResetEventSlim();
        var pool = CreateTestProbe("pool");
        var kind = new TestKind(_ => started.Set());
        var worker = pool.ChildActorOf(
            Worker.Props(
                new Worker.Settings(
                    "node-1",
                    1,
                    Local,
                    TimeSpan.FromMilliseconds(10),
                    true,
                    TimeSpan.FromSeconds(1),
                    Worker.LastRung.LeaveThread
                ),
                new Catalogue([kind]),
                7
            ),
            "worker-1"
        );
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
    private static readonly Pool.Settings Settings = TestSettings.Pool(Technique.Threads) with
    {
        BatchTime = TimeSpan.FromMilliseconds(10),
    };

    [Theory]
    [InlineData(2, 5)]
    [InlineData(50, 50)]
    [InlineData(500, 100)]
    public void Batch_should_be_longer_where_one_process_speaks_to_many_nodes(int workers, int milliseconds)
    {
        var usual = TimeSpan.FromMilliseconds(5);
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Way.ToNodes(1).BatchTime(usual, workers));
        Assert.Equal(usual, Way.Here.BatchTime(usual, workers));
    }

    [Theory]
    [InlineData(null, 1, 1)]
    [InlineData(null, 256, 16)]
    [InlineData(0.001, 1, 10)]
    [InlineData(1e-9, 1, 1024)]
    [InlineData(5.0, 1, 1)]
    [InlineData(0.1, 256, 25)]
    [InlineData(0.0, 1, 1024)]
    public void Batch_should_follow_the_measured_time_of_a_piece(double? seconds, int width, int expected) =>
        Assert.Equal(expected, BatchSize.Of(Settings, seconds, width));
}
