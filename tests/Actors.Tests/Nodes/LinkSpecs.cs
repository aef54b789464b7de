using Akka.Actor;
using Akka.TestKit;
using Mailroom.Batches;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

/// <summary>What a node's worker may tell, and what becomes of what can't be true.</summary>
public class LinkSpecs : ActorSpec
{
    private static readonly IWork Work = TestKind.Work(null, "ok");
    private static readonly Payload Ok = Payload.Of("ok", Codec<string>.Json);

    private static readonly Site Place = new("node-1", ["gpu"], IsHere: true);

    private readonly TestProbe _keeper;
    private readonly TestProbe _node;
    private readonly TestProbe _pool;
    private readonly IActorRef _link;
    private readonly Code _code = new();

    public LinkSpecs()
    {
        (_keeper, _node, _pool) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        _link = _keeper.ChildActorOf(
            Link.Props(
                new Link.Settings(Place, 7, 2, MaxPart: 2, MaxResult: 40, new PartBudget(40)) { Code = _code },
                _node,
                _pool,
                new TestTime(Clock)
            )
        );
        _link.Tell(new Worker.Open(new JobSpec(1, "test", "{}", null), Work), _pool);
        _link.Tell(new Worker.Lease(5, 1, [new Piece(0, 1, 0, Ok), new Piece(1, 1, 0, Ok)]), _pool);
        OfNode<Worker.Open>();
        OfNode<Worker.Lease>();
        Clock.Advance(TimeSpan.FromSeconds(1));
    }

    private T OfNode<T>()
    {
        var parcel = _node.ExpectMsg<Parcel>();
        Assert.Equal((7, 2), (parcel.Session, parcel.Worker));
        return Assert.IsType<T>(parcel.Message);
    }

    private static Outcome Done(int piece, Payload? result, double seconds = 0.1, int parts = 0, How how = How.Done, int attempt = 1) =>
        new(new Piece(piece, attempt, 0, Payload.None), how, result, null, null, seconds, null, parts);

    private void Tell(params Outcome[] outcomes) => _link.Tell(new Pool.Report(9, 1, 5, [.. outcomes]));

    private Ends Told() => _pool.ExpectMsg<Pool.Report>().Ends;

    [Fact]
    public void Link_should_pass_on_what_is_true()
    {
        Tell(Done(0, Ok), Outcome.Not(How.Failed, new Piece(1, 1, 0, Ok), "boom", "stack", 0.5));
        var told = Told();
        Assert.Equal(("ok", How.Failed, "boom"), (told[0].Result!.Value(Codec<string>.Json), told[1].How, told[1].Reason));
        _keeper.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Link_should_ask_for_its_worker_under_the_nodes_own_name_and_width()
    {
        _link.Tell(new Pool.Ask(666, "node-2", "worker-9", int.MaxValue, 3));
        Assert.Equal(new Pool.Ask(7, "node-1", "worker-2", 1, 3, Place), _pool.ExpectMsg<Pool.Ask>());
    }

    public static TheoryData<Outcome, string> Lies() =>
        new()
        {
            { Done(0, null), "done, without a result" },
            { Done(0, null, parts: -3), "done, without a result" },
            { Done(0, Ok, parts: -3), "done, with a result of -3 parts" },
            { Done(0, null, parts: int.MaxValue), $"done, with a result of {int.MaxValue} parts" },
            { Done(0, null, parts: 22), "done, with a result of 22 parts" },
            { Done(0, Ok, double.NaN), "run for NaN s" },
            { Done(0, Ok, double.PositiveInfinity), "run for Infinity s" },
            { Done(0, Ok, double.NegativeInfinity), "run for -Infinity s" },
            { Done(0, Ok, -1), "run for -1 s" },
            { Done(0, Ok, 1.2), "run for 1.2 s, though it holds it for 1 s" },
            { Done(0, Ok, 1e300), "run for 1E+300 s" },
            { Done(0, null, how: How.Crashed), "crashed, which only its host can know" },
            { Done(0, Ok, how: How.Crashed), "crashed, which only its host can know" },
            { Done(0, null, how: How.Cancelled), "cancelled, though its job is not" },
            { Done(0, null, how: How.Abandoned), "cancelled, though its job is not" },
            { Done(0, null, -5, how: How.Failed), "run for -5 s" },
            { Done(0, null, double.NaN, how: How.HandedBack), "run for NaN s" },
        };

    [Theory]
    [MemberData(nameof(Lies))]
    public void Link_should_make_a_failure_of_what_can_not_be_and_name_the_node(Outcome lie, string expected)
    {
        Tell(lie);
        var told = Told().Single();
        Assert.Equal((How.Failed, null, 0), (told.How, told.Result, told.Parts));
        Assert.StartsWith($"node-1 reported it as {expected}", told.Reason);
        Assert.InRange(told.Seconds, 0, 1);
        Assert.StartsWith($"piece 0 of job 1 as {expected}", _keeper.ExpectMsg<Link.Lie>().What);
    }

    public static TheoryData<byte[]> Unreadable() =>
        [
            [],
            "null"u8.ToArray(),
            "{"u8.ToArray(),
            "[1]"u8.ToArray(),
            [0xff, 0xfe],
            "12"u8.ToArray(),
        ];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void Link_should_make_a_failure_of_a_result_that_can_not_be_read(byte[] result)
    {
        Tell(Done(0, Payload.Of(result)));
        var told = Told().Single();
        Assert.Equal(How.Failed, told.How);
        Assert.StartsWith("node-1 gave a result that can't be read: ", told.Reason);
        Assert.Contains("with a result that can't be read", _keeper.ExpectMsg<Link.Lie>().What);
    }

    [Fact]
    public void Link_should_take_a_job_for_cancelled_once_it_is()
    {
        _link.Tell(new Worker.Close(1), _pool);
        OfNode<Worker.Close>();
        Tell(Done(0, null, how: How.Cancelled), Done(1, null, how: How.Abandoned));
        Assert.Equal([How.Cancelled, How.Abandoned], Told().Select(outcome => outcome.How));
        _keeper.ExpectNoMsg(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(long.MaxValue)]
    public void Link_should_pass_on_nothing_of_a_lease_that_was_never_granted(long lease)
    {
        _link.Tell(new Pool.Report(9, 1, lease, [Done(0, Ok)]));
        Assert.Contains("which it never had", _keeper.ExpectMsg<Link.Lie>().What);
        Assert.Equal(9, OfNode<Worker.Acknowledged>().Report);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Link_should_have_what_comes_late_or_twice_counted_and_nothing_more()
    {
        Tell(Done(0, Ok), Done(1, Ok));
        Told();
        Tell(Done(0, Payload.Of(new byte[] { 1 })), Done(77, Ok), Done(1, null, parts: 3)); // of a lease that is over
        var late = _pool.ExpectMsg<Pool.Report>();
        Assert.Equal((0, 0, 3), (late.Lease, late.Ends.Count, late.Late)); // no lease has this number
        _keeper.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Link_should_take_no_result_of_a_piece_or_an_attempt_that_its_worker_does_not_hold()
    {
        Tell(Done(3, Ok), Done(0, Ok, attempt: 2));
        Tell(Done(-1, Ok));
        Assert.All([.. Told(), .. Told()], outcome => Assert.Null(outcome.Result)); // the pool drops them as stale
    }

    [Fact]
    public void Link_should_not_look_for_more_ends_than_a_lease_had_pieces()
    {
        Tell(Done(0, Ok), Done(7, Ok), Done(8, Ok));
        Assert.Equal("3 ends of lease 5, which had 2 pieces", _keeper.ExpectMsg<Link.Lie>().What);
        Assert.Equal(9, OfNode<Worker.Acknowledged>().Report);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Link_should_hold_the_times_of_all_pieces_together_against_the_age_of_their_lease()
    {
        Tell(Done(0, Ok, 0.9));
        Assert.Equal(How.Done, Told().Single().How);
        Tell(Done(1, Ok, 0.9));
        Assert.Equal(How.Failed, Told().Single().How);
        Assert.Contains("though it holds it for 1 s and has run 0.9 s of it", _keeper.ExpectMsg<Link.Lie>().What);
    }

    [Fact]
    public void Link_should_take_one_short_part_of_a_result_and_no_more()
    {
        Part(0, 1);
        Part(1, 2);
        Assert.StartsWith("part 1 of a result, with 1 bytes", _keeper.ExpectMsg<Link.Lie>().What);
    }

    [Fact]
    public void Links_of_a_node_should_hold_only_so_many_parts_together()
    {
        var budget = new PartBudget(10);
        Assert.True(budget.TryTake(40));
        Assert.False(budget.TryTake(1));
        budget.Give(1);
        Assert.True(budget.TryTake(1));
    }

    [Fact]
    public void Link_should_forget_what_a_worker_held_that_began_anew_and_not_let_it_do_so_again_and_again()
    {
        for (var life = 1; life <= 10; life++)
        {
            _link.Tell(new Pool.Ask(0, "", "", 0, life));
            Assert.Equal(life, _pool.ExpectMsg<Pool.Ask>().Life);
        }
        _link.Tell(new Pool.Ask(0, "", "", 0, 10)); // asked again, and not begun anew
        _pool.ExpectMsg<Pool.Ask>();
        Tell(Done(0, Ok));
        Assert.Equal(0, _pool.ExpectMsg<Pool.Report>().Lease); // it is not held any more
        _link.Tell(new Pool.Ask(0, "", "", 0, 11));
        Assert.Contains("begun anew, 10 times within 60 s", _keeper.ExpectMsg<Link.Lie>().What);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Link_should_not_believe_a_count_that_nobody_asked_for()
    {
        _link.Tell(new Pool.Held(0, [], [.. Enumerable.Range(1, 1000)]));
        Tell(Done(0, Ok));
        Assert.Equal(5, _pool.ExpectMsg<Pool.Report>().Lease);
    }

    [Fact]
    public void Link_should_name_the_job_by_the_lease_and_not_by_what_the_node_says()
    {
        _link.Tell(new Pool.Report(9, 4711, 5, [Done(0, Ok)]));
        Assert.Equal(1, _pool.ExpectMsg<Pool.Report>().Job);
    }

    private void Part(int index, params byte[] bytes) => _link.Tell(new Pool.Part(5, 0, index, Payload.Of(bytes)));

    [Fact]
    public void Link_should_join_a_result_that_comes_in_parts_in_any_order_and_twice()
    {
        Part(1, (byte)'k', (byte)'"');
        Part(0, (byte)'"', (byte)'o');
        Part(1, (byte)'k', (byte)'"');
        Tell(Done(0, null, parts: 2));
        var told = Told().Single();
        Assert.Equal((How.Done, 0, "ok"), (told.How, told.Parts, told.Result!.Value(Codec<string>.Json)));
    }

    [Fact]
    public void Link_should_wait_for_a_report_to_come_again_when_a_part_of_a_result_is_missing()
    {
        Part(1, (byte)'k', (byte)'"');
        Tell(Done(0, null, parts: 2));
        Settle(_link);
        _pool.ExpectNoMsg(TimeSpan.Zero);
        Part(0, (byte)'"', (byte)'o');
        Tell(Done(0, null, parts: 2));
        Assert.Equal(How.Done, Told().Single().How);
    }

    [Fact]
    public void Link_should_answer_a_report_that_comes_again_with_parts_when_its_piece_is_settled()
    {
        Link_should_join_a_result_that_comes_in_parts_in_any_order_and_twice();
        Part(1, (byte)'k', (byte)'"');
        Tell(Done(0, null, parts: 2));
        var again = _pool.ExpectMsg<Pool.Report>();
        Assert.Equal((0, 1), (again.Ends.Count, again.Late));
    }

    [Fact]
    public void Link_should_give_up_a_result_that_is_bigger_than_the_host_takes()
    {
        for (var part = 0; part < 21; part++)
            Part(part, 1, 2);
        Tell(Done(0, null, parts: 21));
        Assert.Equal(
            (How.GaveUp, "its result has more than the 40 bytes that this host takes (mailroom.wire.max-result)"),
            Told().Single() is var told ? (told.How, told.Reason) : default
        );
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(22, 1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 3)]
    public void Link_should_take_no_part_that_can_not_be(int index, int bytes)
    {
        Part(index, new byte[bytes]);
        Assert.StartsWith($"part {index} of a result", _keeper.ExpectMsg<Link.Lie>().What);
    }

    [Fact]
    public void Link_should_not_keep_parts_of_what_its_worker_does_not_hold()
    {
        _link.Tell(new Pool.Part(77, 0, 0, Payload.Of(new byte[] { 1 })));
        _link.Tell(new Pool.Part(5, 77, 0, Payload.Of(new byte[] { 1 })));
        Tell(Done(0, null, parts: 1));
        Settle(_link);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Link_should_believe_what_its_worker_holds_only_when_it_was_asked()
    {
        _link.Tell(new Pool.Held(3, [], []));
        Tell(Done(0, Ok));
        Assert.Equal(5, _pool.ExpectMsg<Pool.Report>().Lease); // it holds the lease still
        _link.Tell(new Worker.Recount(4), _pool);
        OfNode<Worker.Recount>();
        _link.Tell(new Pool.Held(4, [], []));
        Assert.Equal(4, _pool.ExpectMsg<Pool.Held>().Recount);
        Tell(Done(1, Ok));
        Assert.Equal(0, _pool.ExpectMsg<Pool.Report>().Lease);
    }

    [Fact]
    public void Link_should_not_tell_the_node_what_only_this_process_can_use()
    {
        _link.Tell(new Worker.Acknowledged(9), _pool);
        Assert.Equal(9, OfNode<Worker.Acknowledged>().Report);
        _link.Tell(new Worker.Admitted(), _pool);
        OfNode<Worker.Admitted>();
    }

    [Fact]
    public async Task Link_should_wait_for_a_codec_that_does_not_come_back_only_until_its_job_is_closed()
    {
        _code.IsStuck = true;
        Tell(Done(0, Ok));
        _link.Tell(new Pool.Report(9, 1, 5, [Done(0, Ok)])); // again, because it was not acknowledged
        _link.Tell(new Pool.Report(10, 1, 5, [Done(1, Ok)]));
        _link.Tell(new Pool.Ask(0, "", "", 0, 1));
        _pool.ExpectNoMsg(TimeSpan.Zero);
        _link.Tell(new Worker.Close(1), _pool);
        OfNode<Worker.Close>();
        foreach (var told in new[] { Told().Single(), Told().Single() }) // the second is not read at all
            Assert.Equal((How.Cancelled, null), (told.How, told.Result));
        _pool.ExpectMsg<Pool.Ask>(); // and goes on with what came meanwhile
        await _code.ReleaseAsync(); // too late
        _pool.ExpectNoMsg(TimeSpan.Zero);
        _keeper.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task Link_should_pass_on_what_was_told_before_the_end_of_its_session_though_it_is_still_being_read()
    {
        _code.IsStuck = true;
        Tell(Done(0, Ok));
        _link.Tell(new Link.End("it crashed", Crashed: true));
        _pool.ExpectNoMsg(TimeSpan.Zero);
        await _code.ReleaseAsync();
        Assert.Equal(How.Done, Told().Single().How);
        Assert.Equal(new Pool.Gone("it crashed", true), _pool.ExpectMsg<Pool.Gone>());
    }

    private sealed class Code : ICodeRunner
    {
        private readonly TaskCompletionSource<Action> _stuck = new();

        public bool IsStuck { get; set; }

        public void Run(Action code)
        {
            if (IsStuck)
                _stuck.SetResult(code);
            else
                code();
        }

        public async Task ReleaseAsync() => (await _stuck.Task)();
    }
}
