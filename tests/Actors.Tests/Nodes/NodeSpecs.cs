using Akka.Actor;
using Akka.TestKit;
using Mailroom.Inspection;
using Mailroom.Kinds;
using Mailroom.Pools;

namespace Mailroom.Nodes;

public class GateSpecs : ActorSpec
{
    private const string Token = "the token";

    private static readonly Gate.Settings Settings = TestSettings.Default.Gate(Token, "1.0") with { Nodes = 1 };

    private readonly TestProbe _pool;
    private readonly TestLauncher _launcher = new();
    private readonly IActorRef _gate;

    public GateSpecs()
    {
        _pool = CreateTestProbe("pool");
        _gate = Sys.ActorOf(Gate.Props(Settings, new Catalogue([new TestKind()]), _pool, _launcher, new TestTime(Clock)), "nodes");
        _pool.ExpectMsg<Pool.Supply>();
    }

    private static Gate.Join Join(string name = "mine", int pid = 1, string token = Token, string version = "1.0") =>
        new(name, Guid.NewGuid(), pid, "machine", version, 2, token, []);

    private (TestProbe Node, Gate.Welcome Welcome) JoinByHand(string name = "mine")
    {
        var node = CreateTestProbe();
        _gate.Tell(Join(name), node);
        return (node, node.ExpectMsg<Gate.Welcome>());
    }

    private TestLauncher.Process StartOwn()
    {
        _gate.Tell(new Gate.Start(1));
        return _launcher.Next();
    }

    private (TestProbe Node, Gate.Welcome Welcome, TestLauncher.Process Process) OwnUp()
    {
        var process = StartOwn();
        var node = CreateTestProbe();
        _gate.Tell(Join("node-1", process.Pid), node);
        return (node, node.ExpectMsg<Gate.Welcome>(), process);
    }

    private NodeReport Report(string name)
    {
        Settle(_gate);
        _gate.Tell(new Gate.List(), TestActor);
        return ExpectMsg<Gate.Listed>().Nodes.Single(node => node.Name == name);
    }

    private T OfPool<T>() => (T)_pool.FishForMessage(message => message is T);

    [Fact]
    public void Gate_should_let_a_node_in_that_shows_the_token()
    {
        var (_, welcome) = JoinByHand();
        Assert.Equal(welcome.Session, _pool.ExpectMsg<Pool.Admit>().Session);
        Assert.Equal((NodeState.Up, false, 2), (Report("mine").State, Report("mine").Own, Report("mine").Workers));
    }

    [Theory]
    [InlineData("wrong", "1.0", "mine", "its token is not this host's")]
    [InlineData(Token, "2.0", "mine", "it has version 2.0, the host has 1.0")]
    [InlineData(Token, "1.0", "../../etc", "its name may have")]
    [InlineData(Token, "1.0", "a\n", "its name may have")]
    public void Gate_should_refuse_a_stranger_with_the_reason(string token, string version, string name, string expected)
    {
        _gate.Tell(Join(name, token: token, version: version), TestActor);
        Assert.Contains(expected, ExpectMsg<Gate.Refused>().Reason);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Gate_should_refuse_a_node_that_has_another_version_of_a_kind()
    {
        _gate.Tell(Join() with { Kinds = [new Gate.OwnKind("unknown", "My 1.0 (sha256 abc)"), new Gate.OwnKind("test", "My 1.0 (sha256 abc)")] }, TestActor);
        Assert.Equal("it has another test: My 1.0 (sha256 abc), but the host has the one of Mailroom itself; both need the same assembly", ExpectMsg<Gate.Refused>().Reason);
    }

    [Fact]
    public void Gate_should_say_that_no_node_is_left_when_the_last_that_was_sent_away_has_ended()
    {
        var (node, _, process) = OwnUp();
        _gate.Tell(new Gate.Retire("node-1", Now: true), TestActor);
        ExpectMsg<Gate.Retired>();
        Assert.Contains("it was told to stop", OfPool<Pool.Expel>().Reason);
        node.FishForMessage<Keeper.Dismissed>(dismissed => dismissed.Reason == "it was told to stop");
        Settle(_gate);
        _pool.ExpectNoMsg(TimeSpan.Zero); // it may run something still
        process.End(0);
        Assert.Equal("no node is left to run it; 'mailroom nodes add' starts one", OfPool<Pool.WorkersAway>().Reason);
        _gate.Tell(new Pool.WorkersNeeded(null), _pool);
        OfPool<Pool.WorkersAway>();
    }

    [Fact]
    public void Gate_should_refuse_a_second_node_of_the_same_name()
    {
        JoinByHand();
        _gate.Tell(Join(pid: 2), TestActor);
        Assert.Contains("a node named mine is here already (process 1 on machine)", ExpectMsg<Gate.Refused>().Reason);
    }

    [Fact]
    public void Gate_should_refuse_a_stranger_under_the_name_of_an_own_node()
    {
        StartOwn();
        _gate.Tell(Join("node-1", pid: 999_999), TestActor);
        Assert.Contains("belongs to a node of the host's own", ExpectMsg<Gate.Refused>().Reason);
    }

    [Fact]
    public void Node_should_be_lost_when_its_lease_ends()
    {
        var (_, welcome) = JoinByHand();
        Clock.Advance(Settings.Lease);
        var expel = OfPool<Pool.Expel>();
        Assert.Equal((welcome.Session, false), (expel.Session, expel.Crashed));
        Assert.Contains("lease ended: no heartbeat for 10.0 s", expel.Reason);
        Assert.Equal(NodeState.Gone, Report("mine").State);
    }

    [Fact]
    public void Node_should_keep_its_lease_by_its_heartbeat()
    {
        var (node, welcome) = JoinByHand();
        for (var i = 0; i < 5; i++)
        {
            Clock.Advance(Settings.Lease * 0.9);
            welcome.Keeper.Tell(new Keeper.Renew(welcome.Session, Usage.Now("mine"), []), node);
            node.ExpectMsg<Keeper.Renewed>();
        }
        Assert.Equal(NodeState.Up, Report("mine").State);
    }

    [Fact]
    public void Node_should_be_dismissed_when_it_names_a_session_that_is_over()
    {
        var (node, welcome) = JoinByHand();
        Clock.Advance(Settings.Lease);
        OfPool<Pool.Expel>();
        welcome.Keeper.Tell(new Keeper.Renew(welcome.Session, Usage.Now("mine"), []), node);
        Assert.Equal(welcome.Session, node.ExpectMsg<Keeper.Dismissed>().Session);
    }

    [Fact]
    public void Node_should_come_in_again_with_a_new_session()
    {
        var (_, first) = JoinByHand();
        Clock.Advance(Settings.Lease);
        OfPool<Pool.Expel>();
        var (_, second) = JoinByHand();
        Assert.NotEqual(first.Session, second.Session);
    }

    [Fact]
    public void Node_should_leave_the_list_when_it_left()
    {
        var (node, welcome) = JoinByHand();
        Watch(welcome.Keeper);
        welcome.Keeper.Tell(new Keeper.Left(welcome.Session), node);
        ExpectTerminated(welcome.Keeper);
        Assert.Equal(welcome.Session, OfPool<Pool.Expel>().Session);
    }

    [Fact]
    public void Own_node_should_hand_back_its_pieces_at_once_when_its_process_ends_and_be_started_again()
    {
        var (_, welcome, process) = OwnUp();
        process.End(137);
        var expel = OfPool<Pool.Expel>();
        Assert.Equal((welcome.Session, true), (expel.Session, expel.Crashed));
        Assert.Contains("killed by signal 9 (SIGKILL)", expel.Reason);
        Assert.Equal((NodeState.Waiting, 1), (Report("node-1").State, Report("node-1").Restarts));
        Clock.Advance(Settings.MinBackoff);
        Assert.NotEqual(process.Pid, _launcher.Next().Pid);
    }

    [Fact]
    public void Own_node_should_wait_twice_as_long_before_each_restart_and_be_given_up_in_the_end()
    {
        var process = StartOwn();
        for (var restart = 0; restart < Settings.MaxRestarts; restart++)
        {
            process.End(1);
            var wait = Settings.MinBackoff * Math.Pow(2, restart);
            AwaitWaiting(restart + 1);
            Clock.Advance(wait - TimeSpan.FromMilliseconds(1));
            Assert.False(_launcher.HasMore);
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            process = _launcher.Next();
        }
        process.End(1);
        Assert.Contains("given up", OfPool<Pool.OutOfWorkers>().Reason);
        Assert.Equal(NodeState.GivenUp, Report("node-1").State);
    }

    [Fact]
    public void Gate_should_say_that_no_node_will_come_when_the_last_that_was_up_is_gone_too()
    {
        JoinByHand();
        var process = StartOwn();
        for (var restart = 0; restart < Settings.MaxRestarts; restart++)
        {
            process.End(1);
            AwaitWaiting(restart + 1);
            Clock.Advance(Settings.MinBackoff * Math.Pow(2, restart));
            process = _launcher.Next();
        }
        process.End(1);
        AwaitAssert(() => Assert.Equal(NodeState.GivenUp, Report("node-1").State));
        Clock.Advance(Settings.Lease); // of the node by hand
        Assert.Contains("given up", OfPool<Pool.OutOfWorkers>().Reason);
    }

    [Fact]
    public void Own_node_that_was_given_up_should_get_another_chance_with_the_next_job()
    {
        Own_node_should_wait_twice_as_long_before_each_restart_and_be_given_up_in_the_end();
        _gate.Tell(new Pool.WorkersNeeded(null), _pool);
        _launcher.Next();
        Settle(_gate);
        _pool.ExpectNoMsg(TimeSpan.Zero); // no word that none will come
    }

    [Fact]
    public void Own_node_should_join_though_the_file_of_a_kind_has_changed_since_the_host_started()
    {
        var process = StartOwn();
        _gate.Tell(Join("node-1", process.Pid) with { Kinds = [new Gate.OwnKind("test", "My 1.0 (sha256 abc)")] }, TestActor);
        ExpectMsg<Gate.Welcome>();
    }

    [Fact]
    public void Node_that_was_sent_away_and_is_started_again_by_hand_should_be_welcome()
    {
        var (node, welcome) = JoinByHand();
        _gate.Tell(new Gate.Retire("mine", Now: false), TestActor);
        ExpectMsg<Gate.Retired>();
        node.ExpectMsg<Keeper.Retire>();
        Settle(welcome.Keeper);
        Clock.Advance(Settings.Lease); // it was lost before it could leave
        OfPool<Pool.Expel>();
        var (again, second) = JoinByHand();
        second.Keeper.Tell(new Keeper.Renew(second.Session, Usage.Now("mine"), []), again);
        again.ExpectMsg<Keeper.Renewed>();
        Assert.Equal(NodeState.Up, Report("mine").State);
        OfPool<Pool.Admit>();
        Settle(_gate);
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Own_node_should_be_ended_and_started_again_when_it_does_not_join()
    {
        var process = StartOwn();
        Report("node-1");
        Clock.Advance(Settings.StartTimeout);
        Assert.True(process.Killed.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Own_node_should_be_ended_when_it_does_not_join_anew_after_its_session()
    {
        var (node, welcome, process) = OwnUp();
        welcome.Keeper.Tell(new Keeper.Left(welcome.Session), node);
        OfPool<Pool.Expel>();
        Settle(welcome.Keeper);
        Clock.Advance(Settings.StartTimeout);
        Assert.True(process.Killed.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Node_that_is_gone_should_be_forgotten_in_the_end()
    {
        var (_, welcome) = JoinByHand();
        Watch(welcome.Keeper);
        Clock.Advance(Settings.Lease);
        Settle(welcome.Keeper);
        Clock.Advance(TimeSpan.FromMinutes(10));
        ExpectTerminated(welcome.Keeper);
    }

    [Fact]
    public void Gate_should_start_own_nodes_only_when_a_job_needs_them_and_only_once()
    {
        Assert.False(_launcher.HasMore);
        _gate.Tell(new Pool.WorkersNeeded(null), _pool);
        _gate.Tell(new Pool.WorkersNeeded(1), _pool);
        _launcher.Next();
        Report("node-1");
        Assert.False(_launcher.HasMore);
    }

    [Fact]
    public void Gate_should_have_stopped_when_its_own_processes_have_ended_and_the_others_are_dismissed()
    {
        var (_, _, process) = OwnUp();
        var (byHand, welcome) = JoinByHand();
        _gate.Tell(new Gate.Stop(), TestActor);
        Assert.Equal(welcome.Session, byHand.ExpectMsg<Keeper.Dismissed>().Session);
        Assert.True(process.Released.Wait(TimeSpan.FromSeconds(10)));
        process.End(0);
        ExpectMsg<Gate.Stopped>();
    }

    [Fact]
    public void Own_node_with_a_stuck_piece_should_be_ended_and_started_again_at_once_as_often_as_it_takes()
    {
        var (node, welcome, process) = OwnUp();
        for (var time = 0; time < 2 * Settings.MaxRestarts; time++)
        {
            welcome.Keeper.Tell(new Keeper.Stuck(welcome.Session, "piece 3 of job 1 did not end when it was told to"), node);
            Assert.False(OfPool<Pool.Expel>().Crashed);
            Assert.True(process.Killed.Wait(TimeSpan.FromSeconds(10)));
            process.End(137);
            process = _launcher.Next();
            Assert.Equal("ended by the host: piece 3 of job 1 did not end when it was told to", Report("node-1").Reason);
            _gate.Tell(Join("node-1", process.Pid), node);
            welcome = node.FishForMessage<Gate.Welcome>(_ => true);
        }
    }

    [Fact]
    public void Own_node_that_drains_should_end_and_not_come_back_with_the_next_job()
    {
        var (node, welcome, process) = OwnUp();
        _gate.Tell(new Gate.Retire("node-1", Now: false), TestActor);
        ExpectMsg<Gate.Retired>();
        Assert.Equal((welcome.Session, false), (node.ExpectMsg<Keeper.Retire>() is var retire ? retire.Session : 0, retire.Now));
        Assert.Equal(NodeState.Draining, Report("node-1").State);
        Watch(welcome.Keeper);
        welcome.Keeper.Tell(new Keeper.Left(welcome.Session), node);
        process.End(0);
        ExpectTerminated(welcome.Keeper);
        _gate.Tell(new Pool.WorkersNeeded(null), _pool);
        Settle(_gate);
        Assert.False(_launcher.HasMore);
        _gate.Tell(new Gate.Add(1), TestActor);
        ExpectMsg<Gate.Listed>();
        _launcher.Next();
    }

    [Fact]
    public void Node_that_is_stopped_should_hand_back_its_pieces_at_once()
    {
        var (node, welcome, process) = OwnUp();
        _gate.Tell(new Gate.Retire("node-1", Now: true), TestActor);
        ExpectMsg<Gate.Retired>();
        Assert.True(node.ExpectMsg<Keeper.Retire>().Now);
        Assert.Equal((welcome.Session, false), (OfPool<Pool.Expel>() is var expel ? expel.Session : 0, expel.Crashed));
        Assert.True(process.Released.Wait(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Gate_should_name_its_nodes_when_it_has_none_of_that_name()
    {
        JoinByHand();
        _gate.Tell(new Gate.Retire("nobody", Now: true), TestActor);
        Assert.Equal(["mine"], ExpectMsg<Gate.Unknown>().Names.AsEnumerable());
    }

    private void AwaitWaiting(int restarts) => AwaitAssert(() =>
    {
        var report = Report("node-1");
        Assert.Equal((NodeState.Waiting, restarts), (report.State, report.Restarts));
    });
}

/// <summary>Akka's own events have no form on the wire, so here messages are not put to its test.</summary>
public class SuspectNodeSpecs() : ActorSpec(Akka.Configuration.ConfigurationFactory.ParseString("akka.actor.serialize-messages = off").WithFallback(TestSettings.Akka))
{
    /// <summary>A node that has joined, and whose connection has just broken.</summary>
    private (IActorRef Gate, TestProbe Pool, TestProbe Node, Gate.Welcome Welcome) JoinedAndBroken()
    {
        var (pool, node) = (CreateTestProbe(), CreateTestProbe());
        var gate = Sys.ActorOf(Gate.Props(TestSettings.Default.Gate("token", "1.0"), Catalogue.BuiltIn, pool, new TestLauncher(), new TestTime(Clock)), "nodes");
        gate.Tell(new Gate.Join("mine", Guid.NewGuid(), 1, "machine", "1.0", 2, "token", []), node);
        var welcome = node.ExpectMsg<Gate.Welcome>();
        Settle(welcome.Keeper);
        Sys.EventStream.Publish(new Akka.Remote.DisassociatedEvent(Address.AllSystems, node.Ref.Path.Address, false));
        return (gate, pool, node, welcome);
    }

    [Fact]
    public void Node_whose_connection_comes_back_in_time_should_keep_its_session_and_be_counted_over()
    {
        var (_, pool, node, welcome) = JoinedAndBroken();
        Assert.Equal(welcome.Session, pool.FishForMessage<Pool.Suspend>(_ => true).Session);
        welcome.Keeper.Tell(new Keeper.Renew(welcome.Session, Usage.Now("mine"), []), node);
        node.ExpectMsg<Keeper.Renewed>();
        Assert.Equal(welcome.Session, pool.ExpectMsg<Pool.Recount>().Session);
    }

    [Fact]
    public void Node_that_is_to_leave_should_be_told_again_and_counted_over_when_its_connection_broke_meanwhile()
    {
        var (gate, pool, node, welcome) = JoinedAndBroken();
        pool.FishForMessage<Pool.Suspend>(_ => true);
        gate.Tell(new Gate.Retire("mine", Now: false), TestActor);
        ExpectMsg<Gate.Retired>();
        node.ExpectMsg<Keeper.Retire>(); // perhaps into nothing
        welcome.Keeper.Tell(new Keeper.Renew(welcome.Session, Usage.Now("mine"), []), node);
        node.ExpectMsg<Keeper.Retire>();
        Assert.Equal(welcome.Session, pool.FishForMessage<Pool.Recount>(_ => true).Session);
    }
}

public class NodeExitSpecs
{
    [Theory]
    [InlineData(137, "", "killed by signal 9 (SIGKILL)")]
    [InlineData(134, "Stack overflow.\n   at X()", "exit 134 (SIGABRT: the runtime ended the process): Stack overflow.")]
    [InlineData(134, "Process terminated.\nit had to be\n   at X()", "exit 134 (SIGABRT: the runtime ended the process): it had to be")]
    [InlineData(3, "\u001b[31mred", "exit 3: \\u001B[31mred")]
    [InlineData(0, "", "exit 0")]
    public void Exit_should_be_told_in_words(int code, string words, string expected) => Assert.Equal(expected, new NodeExit(code, words).Reason);
}

/// <summary>Node processes that the spec starts and ends by hand.</summary>
internal sealed class TestLauncher : INodeLauncher
{
    private readonly System.Collections.Concurrent.BlockingCollection<Process> _launched = [];
    private int _lastPid = 1000;

    public bool HasMore => _launched.Count > 0;

    public INodeProcess Launch(string name)
    {
        var process = new Process(Interlocked.Increment(ref _lastPid));
        _launched.Add(process);
        return process;
    }

    public Process Next() => _launched.TryTake(out var process, TimeSpan.FromSeconds(10)) ? process : throw new TimeoutException("no node was started");

    internal sealed class Process(int pid) : INodeProcess
    {
        private readonly TaskCompletionSource<NodeExit> _exited = new();

        public int Pid => pid;

        public Task<NodeExit> Exited => _exited.Task;

        public ManualResetEventSlim Killed { get; } = new();

        public ManualResetEventSlim Released { get; } = new();

        public void Release() => Released.Set();

        public void Kill() => Killed.Set();

        public void End(int code) => _exited.SetResult(new NodeExit(code, ""));
    }
}

/// <summary>A clock that goes with the scheduler's virtual time.</summary>
internal sealed class TestTime(TestScheduler scheduler) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => scheduler.Now.UtcTicks;

    public override DateTimeOffset GetUtcNow() => scheduler.Now;
}
